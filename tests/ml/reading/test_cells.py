from datetime import date, datetime, time, timedelta

import pytest

from ml.fields import Optype
from ml.reading.cells import NumberText, batch_of, cell_text, typed_column


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, None),
        ("x", "x"),
        (True, "true"),
        (3, "3"),
        (3.0, "3"),
        (3.25, "3.25"),
        (float("nan"), None),
        (1e300, "1e+300"),
        (NumberText("3.0"), "3.0"),
        (datetime(2020, 1, 2), "2020-01-02T00:00:00"),
        (datetime(2020, 1, 2, 3, 4, 5, 678000), "2020-01-02T03:04:05.678"),
        (date(2020, 1, 2), "2020-01-02"),
        (time(3, 4), "03:04:00"),
        (timedelta(minutes=1), "60.0"),
        ({"a": [NumberText("1.0"), None]}, '{"a": [1.0, null]}'),
        ([date(2020, 1, 2), b"x"], '["2020-01-02", "b\'x\'"]'),
    ],
)
def test_a_cell_has_a_text(cell, text):
    assert cell_text(cell) == text


@pytest.mark.parametrize(
    ("cells", "optype"),
    [
        ([1, None, 2.5], Optype.NUMERIC),
        ([NumberText("1")], Optype.NUMERIC),
        ([True, False], Optype.CATEGORICAL),
        ([True, 1], None),
        (["1"], None),
        ([], None),
        ([None], None),
    ],
)
def test_a_column_is_what_its_cells_are(cells, optype):
    assert typed_column("a", cells).optype == optype


def test_rows_become_columns():
    batch = batch_of([[1, "x"], [2]], [1, 0])

    assert batch.to_pydict() == {"1": ["x", None], "0": ["1", "2"]}
