"""A boosted model in memory: single rows, whole tables, importances. Explanations are in `explanation`."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ml.boosting.decision import Decision
from ml.boosting.explanation import Explainer
from ml.boosting.features import FeatureKind
from ml.boosting.frames import open_parquet, scored_rows
from ml.boosting.links import link
from ml.boosting.model import BoostedModel
from ml.boosting.parameters import GrowPolicy
from ml.boosting.rows import RowReader
from ml.errors import ArgumentError
from ml.fields import Field
from ml.predictor import Explanation, Options, Outcome, Row, Task

DEFAULT_OPTIONS = Options()


class BoostedPredictor:
    """Scores rows by a boosted model (see `ml.predictor.Predictor`).

    The winning class is the one with the largest probability, the first by name among equals; an operating point may
    rule otherwise. A class's confidence is its probability; regression has neither. Missing values are part of the
    model, so a missing strategy changes nothing; kind `votes`, and any kind or operating point for regression, raise
    ArgumentError. Safe to share between threads.
    """

    def __init__(self, model: BoostedModel) -> None:
        document = model.document
        fields = {name: Field.from_dict(item) for name, item in document["fields"].items()}
        self.document: dict[str, Any] = document
        self.task = Task(document["task"])
        self.objective = Field.from_dict(document["objective"])
        self.classes: tuple[str, ...] = tuple(document["classes"])
        self._features = model.features
        self.inputs: Sequence[Field] = [Field.from_dict(item) for item in document["inputs"]]
        self._engine = model.engine()
        self._reader = RowReader(
            self._features,
            fields,
            self.objective,
            booleans=document["booleans"],
            missing_tokens=document["missing_tokens"],
        )
        self._link = link(document["parameters"]["loss_function"])

    def predict(self, rows: Sequence[Row], options: Options = DEFAULT_OPTIONS) -> list[Outcome]:
        """One outcome a row; ArgumentError with the path `("input_data", <key>)` for a value of the wrong type."""
        decision = self._decision(options)
        if not rows:
            return []
        read = self._reader.read
        scores = self._scores([read(row) for row in rows])
        return decision.outcomes(scores)

    def predict_table(
        self, data: Path, fields: Mapping[str, str] | None = None, options: Options = DEFAULT_OPTIONS
    ) -> Iterator[pa.Table]:
        """Outcomes of all rows of a Parquet dataset in order: a table for each row group, or an empty one.

        Inputs that the dataset has no column for are missing in every row; ArgumentError is raised if there is none at
        all, for a column that `fields` names and the dataset lacks, and for one that does not hold what its field
        needs. Row groups are read and scored on all processors that this process may use, one each, which is faster
        than scoring one on all of them and keeps only a few in memory.
        """
        decision = self._decision(options)
        names = fields or {}
        schema = open_parquet(data).schema_arrow.names
        used = {feature.field.id: names.get(feature.field.id, feature.field.id) for feature in self._features}
        for identity, name in used.items():
            if identity in names and name not in schema:
                raise ArgumentError(f"The dataset has no column {name!r}.", ("fields_map", identity))
        columns = [name for name in dict.fromkeys(used.values()) if name in schema]
        if not columns:
            raise ArgumentError("The dataset has no column for any input of the model.", ("fields_map",))
        return self._tables(data, columns, used, decision)

    def explain(self, row: Row, options: Options = DEFAULT_OPTIONS) -> Explanation:
        """Contributions to the raw score of the predicted class (or of the number); with the base they sum to it."""
        values = self._reader.read(row)
        outcome = self._decision(options).outcomes(self._scores([values]))[0]
        explained_class = None if self.task is Task.REGRESSION else str(outcome.output)
        return self._explainer.explain(values, self._reader.given(row, values), explained_class)

    def importances(self) -> list[tuple[str, float]]:
        """Field ids with their share of the change in prediction, descending; empty for a model without any split."""
        return [(name, share) for name, share in self.document["importance"]]

    def raw_scores(self, rows: Sequence[Row]) -> np.ndarray:
        """What the trees sum up to before any link function: (rows,), or (rows, classes) for more than two classes."""
        return self._raw([self._reader.read(row) for row in rows])

    @cached_property
    def _explainer(self) -> Explainer:
        is_symmetric = self.document["parameters"]["grow_policy"] == GrowPolicy.SYMMETRIC
        return Explainer(self._engine, self._features, self.classes, is_symmetric=is_symmetric)

    def _decision(self, options: Options) -> Decision:
        return Decision.of(self.task, self.classes, options)

    def _scores(self, rows: list[list[Any]]) -> np.ndarray:
        return self._link(self._raw(rows))

    def _raw(self, rows: list[list[Any]]) -> np.ndarray:
        # A list is fastest for one row, an array for more: lists are taken apart value by value under the lock.
        data: Any = rows
        if len(rows) > 1:
            data = np.array(rows, dtype=np.float64 if self._reader.is_numeric else object)
        scores: np.ndarray = self._engine.predict(data, prediction_type="RawFormulaVal", thread_count=1)
        return scores

    def _tables(
        self, data: Path, columns: list[str], used: Mapping[str, str], decision: Decision
    ) -> Iterator[pa.Table]:
        categories = [used[feature.field.id] for feature in self._features if feature.kind is FeatureKind.CATEGORY]
        coded = [name for name in columns if name in categories]
        groups = open_parquet(data).num_row_groups
        if not groups:
            yield decision.table(np.empty((0, len(self.classes)) if self.classes else 0))
            return
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        threads = min(processors, groups)
        engine_threads = processors if groups == 1 else 1

        def score(group: int) -> pa.Table:
            table = open_parquet(data, coded).read_row_group(group, columns=columns, use_threads=False)
            rows = scored_rows(table, self._features, used)
            raw = self._engine.predict(rows, prediction_type="RawFormulaVal", thread_count=engine_threads)
            return decision.table(self._link(raw))

        yield from _ahead(score, groups, threads)


def _ahead(work: Any, count: int, threads: int) -> Iterator[Any]:
    """The results of `work(0)`, `work(1)`, … in order, computed by threads that stay at most one result ahead each."""
    with ThreadPoolExecutor(max(threads, 1), thread_name_prefix="scoring") as pool:
        waiting: list[Future[Any]] = []
        try:
            numbers = iter(range(count))
            waiting += [pool.submit(work, number) for number in islice(numbers, 2 * threads)]
            while waiting:
                yield waiting.pop(0).result()
                waiting += [pool.submit(work, number) for number in islice(numbers, 1)]
        finally:
            for future in waiting:
                future.cancel()
