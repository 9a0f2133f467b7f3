import asyncio
import threading
import time

import pytest

from ml import scoring
from ml.errors import ArgumentError, DataError
from ml.predictor import Options, Outcome
from ml.scoring import BATCH_ROWS, MicroBatcher


class Doubler:
    """Doubles `x`, slowly if asked to; remembers its batches and the threads that called."""

    def __init__(self, seconds_per_row=0.0):
        self.seconds_per_row = seconds_per_row
        self.batches: list[int] = []
        self.threads: set[int] = set()

    def predict(self, rows, *_):
        self.batches.append(len(rows))
        self.threads.add(threading.get_ident())
        for row in rows:
            if not isinstance(row["x"], int):
                raise ArgumentError(f"{row['x']!r} is no number", ("input_data", "x"))
        time.sleep(self.seconds_per_row * len(rows))
        return [Outcome(output=2.0 * row["x"]) for row in rows]


@pytest.fixture
def batcher():
    batcher = MicroBatcher()
    yield batcher
    batcher.close()


async def test_a_lone_row_is_scored(batcher):
    assert (await batcher.score(Doubler(), {"x": 4})).output == 8


async def test_rows_that_wait_together_are_scored_together(batcher):
    model = Doubler()

    outcomes = await asyncio.gather(*(batcher.score(model, {"x": i}) for i in range(600)))

    assert [outcome.output for outcome in outcomes] == [2.0 * i for i in range(600)]
    assert model.batches == [BATCH_ROWS, BATCH_ROWS, 600 - 2 * BATCH_ROWS]


async def test_the_error_of_one_row_does_not_touch_its_neighbours(batcher):
    model = Doubler()
    rows = [{"x": "bad" if i in (3, 77) else i} for i in range(100)]

    results = await asyncio.gather(*(batcher.score(model, row) for row in rows), return_exceptions=True)

    for i, result in enumerate(results):
        if i in (3, 77):
            assert isinstance(result, ArgumentError)
            assert result.path == ("input_data", "x")
        else:
            assert result == Outcome(output=2.0 * i)


async def test_models_and_options_are_kept_apart(batcher):
    first, second = Doubler(), Doubler()
    other = Options(missing_strategy=1)

    await asyncio.gather(
        *(batcher.score(first, {"x": 1}) for _ in range(3)),
        *(batcher.score(second, {"x": 1}) for _ in range(4)),
        *(batcher.score(first, {"x": 1}, other) for _ in range(5)),
    )

    assert sorted(first.batches) == [3, 5]
    assert second.batches == [4]


async def test_small_batches_run_on_the_loop_and_long_ones_in_a_thread(batcher):
    here = threading.get_ident()
    quick, slow = Doubler(), Doubler(seconds_per_row=0.01)
    for model in (quick, slow):
        await batcher.score(model, {"x": 1})
        model.threads.clear()

    await asyncio.gather(batcher.score(quick, {"x": 1}), batcher.score(slow, {"x": 1}))

    assert quick.threads == {here}
    assert here not in slow.threads


async def test_the_loop_keeps_running_while_a_slow_model_scores(batcher):
    slow = Doubler(seconds_per_row=0.05)
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await batcher.score_many(slow, [{"x": 1}] * 4)
    ticking.cancel()

    assert ticks > 10


async def test_rows_whose_callers_have_gone_are_not_scored(batcher):
    model = Doubler()
    waiting = [asyncio.create_task(batcher.score(model, {"x": i})) for i in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()

    results = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(result) for result in results] == [Outcome, asyncio.CancelledError, Outcome]
    assert model.batches == [2]


async def test_an_unexpected_error_reaches_everyone_who_waits(batcher):
    class Broken(Doubler):
        def predict(self, *_):
            raise RuntimeError("broken")

    model = Broken()

    results = await asyncio.gather(*(batcher.score(model, {"x": 1}) for _ in range(3)), return_exceptions=True)

    assert [str(result) for result in results] == ["broken"] * 3
    assert (await batcher.score(Doubler(), {"x": 1})).output == 2


async def test_many_rows_of_one_request_come_back_in_order(batcher, monkeypatch):
    monkeypatch.setattr(scoring, "CHUNK_ROWS", 100)
    model = Doubler()

    outcomes = await batcher.score_many(model, [{"x": i} for i in range(250)])

    assert [outcome.output for outcome in outcomes] == [2.0 * i for i in range(250)]
    assert model.batches == [100, 100, 50]
    assert await batcher.score_many(model, []) == []


async def test_an_error_among_many_rows_names_its_row(batcher):
    rows = [{"x": i} for i in range(40)]
    rows[23] = {"x": None}

    with pytest.raises(ArgumentError) as caught:
        await batcher.score_many(Doubler(), rows)

    assert caught.value.path == ("23", "input_data", "x")


async def test_options_that_fit_no_row_fail_every_row(batcher):
    class Refusing(Doubler):
        def predict(self, *_):
            raise DataError("no votes", ("operating_kind",))

    with pytest.raises(DataError, match="no votes"):
        await batcher.score(Refusing(), {"x": 1})


async def test_a_model_is_not_kept_alive(batcher):
    import gc
    import weakref

    model = Doubler()
    await batcher.score(model, {"x": 1})
    reference = weakref.ref(model)
    await asyncio.sleep(0)
    del model
    gc.collect()

    assert reference() is None
