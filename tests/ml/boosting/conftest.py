from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.boosting import BoostedModel, BoostedPredictor, BoostingParameters, train
from ml.fields import Field, ItemAnalysis, Optype

WORDS = ["good", "bad", "ugly", "nice", "poor", "great", "lousy", "fine", "the", "a", "of", "and"]
DATE_PARTS = ("year", "month", "day-of-month", "day-of-week")


@dataclass
class Data:
    """A small dataset on disk with every kind of column; some values of each are missing."""

    path: Path
    fields: list[Field]
    table: pa.Table
    reports: list[tuple[float, dict]] = field(default_factory=list)

    def train(self, folder, objective="kind", inputs=None, rows=None, **parameters) -> BoostedModel:
        settings = BoostingParameters(**{"iterations": 20, "depth": 4, "thread_count": 2, **parameters})
        return train(
            self.path,
            self.fields,
            {},
            objective=self.id(objective),
            inputs=None if inputs is None else [self.id(name) for name in inputs],
            parameters=settings,
            rows=rows,
            directory=folder,
            progress=lambda share, report: self.reports.append((share, report)),
        )

    def predictor(self, folder, **arguments) -> BoostedPredictor:
        return BoostedPredictor(self.train(folder, **arguments))

    def id(self, name) -> str:
        return next(f.id for f in self.fields if f.name == name)

    def rows(self, count) -> list[dict]:
        names = {f.id: f.name for f in self.fields}
        return [{names[key]: value for key, value in row.items()} for row in self.table.slice(0, count).to_pylist()]


def column(values, missing):
    return pa.array(values, mask=missing)


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> Data:
    generator = np.random.default_rng(0)
    count = 600
    width, height, noise = generator.normal(size=(3, count))
    colour = generator.choice(["red", "green", "blue", "grey"], count)
    comment = [" ".join(generator.choice(WORDS, 5)) + "!" for _ in range(count)]
    goods = ["red wine", "ale", "rye bread"]
    basket = [",".join(generator.choice(goods, generator.integers(1, 4))) for _ in range(count)]
    days = np.datetime64("2024-01-01") + generator.integers(0, 700, count)
    score = width + (colour == "red") - np.array(["bad" in text for text in comment]) + 0.3 * noise
    kind = np.where(score > 0.8, "high", np.where(score > -0.5, "middle", "low"))
    missing = generator.random((6, count)) < 0.05
    texts = days.astype(str).tolist()
    weekdays = (days.astype("datetime64[D]").astype(int) + 3) % 7 + 1.0
    values = {
        "000000": column(width, missing[0]),
        "000001": column(colour, missing[1]),
        "000002": column(height, missing[2]),
        "000003": column(comment, missing[3]),
        "000004": column(basket, missing[4]),
        "000005": pa.array(texts),
        "000005-0": pa.array([float(text[:4]) for text in texts]),
        "000005-1": pa.array([float(text[5:7]) for text in texts]),
        "000005-2": pa.array([float(text[8:]) for text in texts]),
        "000005-3": pa.array(weekdays),
        "000006": column(kind, missing[5]),
        "000007": pa.array(np.where(score > 0, "yes", "no")),
        "000008": pa.array(score),
    }
    fields = [
        Field("000000", "width", Optype.NUMERIC, 0, "double"),
        Field("000001", "colour", Optype.CATEGORICAL, 1),
        Field("000002", "height", Optype.NUMERIC, 2, "double"),
        Field("000003", "comment", Optype.TEXT, 3),
        Field("000004", "basket", Optype.ITEMS, 4, item_analysis=ItemAnalysis()),
        Field("000005", "day", Optype.DATETIME, 5, time_formats=("%Y-%m-%d",)),
        *(
            Field(f"000005-{i}", f"day.{part}", Optype.NUMERIC, 5, part, parent_id="000005", generated=True)
            for i, part in enumerate(DATE_PARTS)
        ),
        Field("000006", "kind", Optype.CATEGORICAL, 6),
        Field("000007", "sign", Optype.CATEGORICAL, 7),
        Field("000008", "score", Optype.NUMERIC, 8, "double"),
    ]
    path = tmp_path_factory.mktemp("data") / "data.parquet"
    table = pa.table(values)
    pq.write_table(table, path, row_group_size=250)
    return Data(path, fields, table)


INPUTS = ["width", "colour", "height", "comment", "basket", "day"]
NUMERIC = ["width", "height"]


@pytest.fixture(scope="session")
def classifier(data, tmp_path_factory) -> BoostedModel:
    return data.train(tmp_path_factory.mktemp("kind"), objective="kind", inputs=INPUTS)


@pytest.fixture(scope="session")
def binary(data, tmp_path_factory) -> BoostedModel:
    return data.train(tmp_path_factory.mktemp("sign"), objective="sign", inputs=["width", "colour", "height"])


@pytest.fixture(scope="session")
def regressor(data, tmp_path_factory) -> BoostedModel:
    return data.train(tmp_path_factory.mktemp("score"), objective="score", inputs=INPUTS)
