import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml import rowgroups as module
from ml.rowgroups import GroupWriter, pieces

SCHEMA = pa.schema([("n", pa.float64()), ("c", pa.string())])


def batch(first: int, count: int) -> pa.RecordBatch:
    numbers = [float(number) for number in range(first, first + count)]
    return pa.RecordBatch.from_arrays([pa.array(numbers), pa.array([f"c{n % 3:.0f}" for n in numbers])], schema=SCHEMA)


def stored(path, sizes):
    first = 0
    with GroupWriter(path, SCHEMA, coded=["c"]) as writer:
        for size in sizes:
            writer.write(batch(first, size))
            first += size
    return writer, pq.ParquetFile(path)


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [([3, 3, 3], [9]), ([4, 4, 4], [10, 2]), ([25], [10, 10, 5]), ([10, 10], [10, 10]), ([0, 1], [1]), ([], [])],
)
def test_rows_are_stored_in_full_groups(tmp_path, monkeypatch, sizes, groups):
    monkeypatch.setattr(module, "ROWS_PER_GROUP", 10)

    writer, file = stored(tmp_path / "d", sizes)

    assert writer.rows == sum(sizes)
    assert [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)] == groups
    assert file.read().column("n").to_pylist() == [float(number) for number in range(sum(sizes))]


def test_wide_rows_make_smaller_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BYTES_PER_GROUP", 100)

    _, file = stored(tmp_path / "d", [10, 10, 10])

    assert file.num_row_groups == 3


def test_a_writer_that_fails_stores_no_more(tmp_path):
    def fail() -> None:
        with GroupWriter(tmp_path / "d", SCHEMA, coded=[]) as writer:
            writer.write(batch(0, 5))
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert pq.read_metadata(tmp_path / "d").num_rows == 0


@pytest.mark.parametrize("sizes", [[5], [1] * 30, [100], [7, 50, 1], []])
def test_batches_are_cut_and_joined_to_pieces(monkeypatch, sizes):
    monkeypatch.setattr(module, "ROWS_PER_PIECE", 10)
    batches, first = [], 0
    for size in sizes:
        batches.append(batch(first, size))
        first += size

    found = list(pieces(iter(batches)))

    assert [row for piece in found for row in piece.column(0).to_pylist()] == [float(n) for n in range(sum(sizes))]
    assert all(piece.num_rows < 20 for piece in found)
