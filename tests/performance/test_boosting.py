"""How boosted training and scoring compare with CatBoost called from a script, in one run on one machine."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from catboost import CatBoost, Pool

from ml.boosting import BoostedPredictor, BoostingParameters, train
from ml.fields import Field, Optype

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

NUMERIC, CATEGORIES = 15, (5, 20, 100, 1000, 3)
OBJECTIVE = Field("000014", "y", Optype.CATEGORICAL, 20)


def fields_of(categories: int) -> list[Field]:
    optypes = [Optype.NUMERIC] * (20 - categories) + [Optype.CATEGORICAL] * categories
    return [*(Field(f"{i:06x}", f"f{i}", optype, i) for i, optype in enumerate(optypes)), OBJECTIVE]


def dataset(path: Path, rows: int, categories: int) -> Path:
    """A table of 20 inputs, of which so many are categories, with a few values missing, and a two-class objective."""
    generator = np.random.default_rng(0)
    numbers = generator.normal(size=(20 - categories, rows)).round(4)
    columns = {f"{i:06x}": pa.array(values, mask=generator.random(rows) < 0.02) for i, values in enumerate(numbers)}
    for place, size in enumerate(CATEGORIES[:categories], 20 - categories):
        columns[f"{place:06x}"] = pa.array(np.char.add("k", generator.integers(0, size, rows).astype(str)))
    score = numbers[0] + numbers[1] * numbers[2] + generator.normal(size=rows)
    columns[OBJECTIVE.id] = pa.array(np.where(score > 0.3, "yes", "no"))
    pq.write_table(pa.table(columns), path, compression="zstd", row_group_size=131_072)
    return path


def frame(path: Path) -> tuple[pd.DataFrame, np.ndarray]:
    table = pq.read_table(path).to_pandas()
    target = table.pop(OBJECTIVE.id).to_numpy(dtype=object)
    return table.astype({name: object for name in table.columns if table[name].dtype != float}), target


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def compared(theirs: Callable[[], object], ours: Callable[[], object], times: int) -> tuple[float, float, float]:
    """Both run by turns: the medians of their seconds, and of the ratio of theirs to ours."""
    pairs = [(seconds(theirs), seconds(ours)) for _ in range(times)]
    ratio = statistics.median(their / our for their, our in pairs)
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs), ratio


@pytest.mark.parametrize("categories", [0, 5], ids=["numbers", "with categories"])
def test_s4_training_takes_little_longer_than_a_fit_in_a_script(tmp_path: Path, categories: int) -> None:
    rows, iterations = (400_000, 400) if categories == 0 else (100_000, 200)
    path = dataset(tmp_path / "data.parquet", rows, categories)
    table, target = frame(path)
    names = [name for name in table.columns if table[name].dtype != float]
    jobs = iter(range(100))

    def script() -> None:
        engine = CatBoost({"iterations": iterations, "loss_function": "Logloss", "verbose": False,
                           "train_dir": str(tmp_path / "script")})  # fmt: skip
        engine.fit(Pool(table, target, cat_features=names))

    def job() -> None:
        train(path, fields_of(categories), {}, objective=OBJECTIVE.id,
              parameters=BoostingParameters(iterations=iterations), directory=tmp_path / f"job{next(jobs)}")  # fmt: skip

    theirs, ours, ratio = compared(script, job, 3)
    print(
        f"\nS4 training, {rows} x 20 {categories} categorical: fit {theirs:.2f} s, job {ours:.2f} s, x {1 / ratio:.3f}"
    )
    assert 1 / ratio <= 1.05


@pytest.fixture(scope="module", params=[0, 5], ids=["numbers", "with categories"])
def scored(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[int, Path, BoostedPredictor]:
    folder = tmp_path_factory.mktemp("scored")
    path = dataset(folder / "data.parquet", 1_000_000, request.param)
    model = train(path, fields_of(request.param), {}, objective=OBJECTIVE.id, rows=np.arange(20_000),
                  parameters=BoostingParameters(iterations=500), directory=folder / "job")  # fmt: skip
    return request.param, path, BoostedPredictor(model)


def test_s5_scoring_a_dataset_keeps_up_with_data_in_memory(scored: tuple[int, Path, BoostedPredictor]) -> None:
    categories, path, predictor = scored
    table, _ = frame(path)
    table = table[[item.id for item in predictor.inputs]]
    engine = predictor._engine

    theirs, ours, ratio = compared(
        lambda: engine.predict(table, prediction_type="Probability"),
        lambda: sum(batch.num_rows for batch in predictor.predict_table(path)),
        7,
    )
    print(
        f"\nS5 scoring, 1e6 x 20 ({categories} categorical): predict {theirs:.2f} s, file {ours:.2f} s, x {ratio:.2f}"
    )
    assert ratio >= 0.7


def test_one_row_is_scored_in_microseconds(scored: tuple[int, Path, BoostedPredictor]) -> None:
    categories, path, predictor = scored
    row = pq.ParquetFile(path).read_row_group(0).slice(0, 1).to_pylist()[0]
    predictor.predict([row])

    durations = sorted(seconds(lambda: predictor.predict([row])) for _ in range(2000))
    median = durations[1000] * 1e6
    print(f"\none row ({categories} categorical): {median:.0f} us")
    assert median < 300
