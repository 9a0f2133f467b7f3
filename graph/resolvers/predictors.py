"""Models in memory, ready to score: loaded once, kept while there is room, asked together by many at once."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from graph.context import Context
from graph.resolvers.access import may_read, readable
from graph.resolvers.arguments import PredictionOptions
from ml.errors import DataError
from ml.loading import load
from ml.predictor import Explanation, OperatingPoint, Options, Outcome, Predictor, Row
from ml.scoring import MicroBatcher
from models.blob import BlobStore
from models.errors import Conflict, InvalidInput
from models.job import Event
from models.model import Model
from models.resource import State

ROWS_KEPT = 1000
ROW_SECONDS = 1.0
"""How long the change of a model by another server process may stay unnoticed when it is scored."""
MEMORY_FACTOR = 4
"""How much more room a model takes in memory than in its file."""


class Predictors:
    """The models that this process scores, by the digest of their content; the least used ones go first."""

    def __init__(self, blobs: BlobStore, *, memory_mb: int) -> None:
        self._blobs = blobs
        self._room = memory_mb * 1_000_000
        self._used = 0
        self._kept: OrderedDict[str, tuple[Predictor, int]] = OrderedDict()
        self._loading: dict[str, asyncio.Task[Predictor]] = {}
        self._batcher = MicroBatcher()
        self._descriptors: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()
        self._models: OrderedDict[str, tuple[Model, float]] = OrderedDict()

    def descriptors(self, digest: str, predictor: Predictor) -> list[dict[str, Any]]:
        """The columns that the predictor of a content knows, its inputs and then its objective. Not to be changed."""
        found = self._descriptors.get(digest)
        if found is None:
            found = [field.to_dict() for field in (*predictor.inputs, predictor.objective)]
            self._descriptors[digest] = found
            if len(self._descriptors) > ROWS_KEPT:
                self._descriptors.popitem(last=False)
        return found

    def known(self, id: str) -> Model | None:
        """The row of a finished model that was asked for a moment ago, unchanged since as far as this process knows."""
        found = self._models.get(id)
        if found is None or time.monotonic() - found[1] > ROW_SECONDS:
            return None
        return found[0]

    def remember(self, model: Model) -> None:
        """Keeps the row of a finished model for those who ask next."""
        self._models[model.id] = (model, time.monotonic())
        if len(self._models) > ROWS_KEPT:
            self._models.popitem(last=False)

    def forget(self, events: Sequence[Event]) -> None:
        """Drops the rows that these events are about."""
        for event in events:
            self._models.pop(event.resource_id, None)

    async def get(self, digest: str, size: int) -> Predictor:
        """The predictor of a content."""
        kept = self._kept.get(digest)
        if kept is not None:
            self._kept.move_to_end(digest)
            return kept[0]
        task = self._loading.get(digest)
        if task is None:
            task = self._loading[digest] = asyncio.create_task(self._load(digest, size))
        return await asyncio.shield(task)

    async def score(self, predictor: Predictor, row: Row, options: Options) -> Outcome:
        """One outcome, computed together with those that others ask for at the same time."""
        try:
            return await self._batcher.score(predictor, row, options)
        except DataError as problem:
            raise InvalidInput(str(problem), problem.path) from problem

    async def score_many(self, predictor: Predictor, rows: Sequence[Row], options: Options) -> list[Outcome]:
        """One outcome a row."""
        try:
            return await self._batcher.score_many(predictor, rows, options)
        except DataError as problem:
            raise InvalidInput(str(problem), problem.path) from problem

    async def explain(self, predictor: Predictor, row: Row, options: Options) -> Explanation:
        """Which fields made the outcome of a row what it is; milliseconds, so not on the event loop."""
        try:
            return await asyncio.to_thread(predictor.explain, row, options)
        except DataError as problem:
            raise InvalidInput(str(problem), problem.path) from problem

    async def _load(self, digest: str, size: int) -> Predictor:
        try:
            predictor = await asyncio.to_thread(lambda: load(self._blobs.path(digest)))
        finally:
            self._loading.pop(digest, None)
        room = size * MEMORY_FACTOR
        self._kept[digest] = (predictor, room)
        self._used += room
        while self._used > self._room and len(self._kept) > 1:
            _, (_, freed) = self._kept.popitem(last=False)
            self._used -= freed
        return predictor


async def predictor_of(context: Context, model: Model) -> Predictor:
    """The predictor of a model. Raises Conflict while it is not finished."""
    if model.state is not State.FINISHED or model.content is None:
        raise Conflict(f"{model.id} is {model.state.value.lower()}, not finished", ("model_id",))
    return await context.services.predictors.get(model.content, model.size)


async def find_model(context: Context, id: str) -> Model:
    """The model with that id. Raises NotFound."""
    predictors = context.services.predictors
    known = predictors.known(id)
    if known is not None and may_read(context.identity, known):
        return known
    database = context.services.database

    def unit(session: Session) -> Model:
        return readable(session, context, Model, id, path=("model_id",))

    model = database.read_now(unit) if database.is_sqlite else await database.read(unit)
    if model.state is State.FINISHED:
        predictors.remember(model)
    return model


def options_of(options: PredictionOptions | None) -> Options:
    """The options as the predictors take them."""
    if options is None:
        return Options()
    point = options.operating_point
    return Options(
        missing_strategy=options.missing_strategy,
        kind=options.kind,
        operating_point=None
        if point is None
        else OperatingPoint(positive_class=point.positive_class, threshold=point.threshold, kind=point.kind),
    )
