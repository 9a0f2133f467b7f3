"""Online scoring: rows that arrive at the same time for the same model are scored together.

Scoring 32 rows at once costs little more than one (most of it is per call), so under load a batch of whatever waits
answers two to three times as many requests as one row at a time does, without any delay when there is no load.
"""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from ml.errors import DataError
from ml.predictor import Options, Outcome, Predictor, Row

BATCH_ROWS = 256
"""So many single rows are scored in one call at most."""

CHUNK_ROWS = 2048
"""A request of more rows is scored in such pieces, so that it can be cancelled and others get their turn."""

INLINE_SECONDS = 0.002
"""How long the event loop may be kept from its other work; what is expected to take longer goes to a thread."""

THREADS = 2

DEFAULT_OPTIONS = Options()

_NEWEST_SHARE = 0.2
"""How much the last call counts in the expected pace of a model."""


@dataclass(slots=True)
class _Queue:
    """The rows that wait for one model with one set of options."""

    predictor: Predictor
    options: Options
    waiting: list[tuple[Row, asyncio.Future[Outcome]]] = field(default_factory=list)


class MicroBatcher:
    """Scores rows for all coroutines of one event loop; another loop needs another one.

    Small batches are scored on the loop itself, which is quickest; those that are expected to take longer than
    `INLINE_SECONDS`, by the pace of the same model so far, go to a thread. Models are told apart by identity and are
    not kept alive. `close` ends the threads.
    """

    def __init__(self) -> None:
        self._queues: dict[tuple[int, Options], _Queue] = {}
        self._paces: WeakKeyDictionary[Predictor, float] = WeakKeyDictionary()
        self._tasks: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="scoring")

    async def score(self, predictor: Predictor, row: Row, options: Options = DEFAULT_OPTIONS) -> Outcome:
        """The outcome of one row, scored together with what else waits; an error of this row is raised here alone."""
        loop = asyncio.get_running_loop()
        key = (id(predictor), options)
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = _Queue(predictor, options)
            # Not at once: requests that the loop has read but not handled yet are to join the first batch.
            loop.call_soon(self._start, key)
        future: asyncio.Future[Outcome] = loop.create_future()
        queue.waiting.append((row, future))
        return await future

    async def score_many(
        self, predictor: Predictor, rows: Sequence[Row], options: Options = DEFAULT_OPTIONS
    ) -> list[Outcome]:
        """The outcomes of the rows of one request. An error has the place of its row, from 0, before its path."""
        outcomes: list[Outcome] = []
        for start in range(0, len(rows), CHUNK_ROWS):
            results = await self._score(predictor, rows[start : start + CHUNK_ROWS], options)
            for place, result in enumerate(results, start):
                if isinstance(result, DataError):
                    raise type(result)(str(result), (str(place), *result.path)) from result
                outcomes.append(result)
        return outcomes

    def close(self) -> None:
        """Lets running calls end and starts no more in threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _start(self, key: tuple[int, Options]) -> None:
        task = asyncio.get_running_loop().create_task(self._drain(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, key: tuple[int, Options]) -> None:
        queue = self._queues[key]
        while queue.waiting:
            batch = [entry for entry in queue.waiting[:BATCH_ROWS] if not entry[1].done()]
            del queue.waiting[:BATCH_ROWS]
            try:
                results = await self._score(queue.predictor, [row for row, _ in batch], queue.options)
            except Exception as error:  # a bug or a lack of memory: everyone who waits for this batch hears of it
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), result in zip(batch, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, DataError):
                    future.set_exception(result)
                else:
                    future.set_result(result)
            await asyncio.sleep(0)
        del self._queues[key]

    async def _score(
        self, predictor: Predictor, rows: Sequence[Row], options: Options
    ) -> Sequence[Outcome | DataError]:
        pace = self._paces.get(predictor)
        if pace is not None and pace * len(rows) <= INLINE_SECONDS:
            results, seconds = _timed(predictor, rows, options)
        else:
            loop = asyncio.get_running_loop()
            results, seconds = await loop.run_in_executor(self._threads, _timed, predictor, rows, options)
        if rows:
            newest = seconds / len(rows)
            self._paces[predictor] = newest if pace is None else pace + _NEWEST_SHARE * (newest - pace)
        return results


def _timed(predictor: Predictor, rows: Sequence[Row], options: Options) -> tuple[Sequence[Outcome | DataError], float]:
    started = time.perf_counter()
    return _settled(predictor, rows, options), time.perf_counter() - started


def _settled(predictor: Predictor, rows: Sequence[Row], options: Options) -> Sequence[Outcome | DataError]:
    """The outcome or the error of each row: a batch that is refused is halved until the refused rows are alone."""
    try:
        return predictor.predict(rows, options)
    except DataError as error:
        if len(rows) <= 1:
            return [error] * len(rows)
    middle = len(rows) // 2
    return [*_settled(predictor, rows[:middle], options), *_settled(predictor, rows[middle:], options)]
