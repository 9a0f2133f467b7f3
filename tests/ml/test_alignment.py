import pyarrow as pa
import pytest

from ml.alignment import aligned
from ml.errors import DataError


def tables(name, *sizes):
    start = 0
    for size in sizes:
        yield pa.table({name: pa.array(range(start, start + size), pa.int64())})
        start += size


@pytest.mark.parametrize("right", [(6,), (1, 1, 1, 1, 1, 1), (4, 2), (2, 0, 3, 1), (7,)], ids=str)
def test_rows_meet_whatever_the_batches(right):
    pairs = list(aligned(tables("a", 3, 0, 1, 2), tables("b", *right)))

    assert [a.column("a").to_pylist() for a, _ in pairs] == [[0, 1, 2], [], [3], [4, 5]]
    assert [b.column("b").to_pylist() for _, b in pairs] == [[0, 1, 2], [], [3], [4, 5]]


def test_an_empty_first_table_still_has_the_columns_of_the_other_side():
    ((_, empty),) = aligned(tables("a", 0), tables("b", 0))

    assert empty.column_names == ["b"]


def test_too_few_rows_are_an_error():
    with pytest.raises(DataError):
        list(aligned(tables("a", 3), tables("b", 1, 1)))
