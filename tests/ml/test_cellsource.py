import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.cellsource import CellSource, cell_texts, text_columns
from ml.fields import Field, Optype

NUMBER = Field("000000", "n", Optype.NUMERIC, 0, decimals=2)
TEXT = Field("000001", "t", Optype.TEXT, 1)
ABSENT = Field("000002", "x", Optype.NUMERIC, 2)


@pytest.fixture
def source(tmp_path):
    columns = {"000000": [1.5, None, 2.25, 4.0, 5.0], "000001": ["a", "b", None, "d", "e"]}
    pq.write_table(pa.table(columns), tmp_path / "d", row_group_size=2)
    with CellSource(tmp_path / "d") as opened:
        yield opened


def test_groups_have_their_rows(source):
    assert (source.rows, source.groups, source.starts) == (5, 3, [0, 2, 4, 5])
    assert source.group(1, ["000001", "000000"]).to_pydict() == {"000001": [None, "d"], "000000": [2.25, 4.0]}


def test_columns_that_the_file_lacks_are_left_out(source):
    assert source.group(2, ["000002", "000000"]).schema.names == ["000000"]
    assert source.group(0, ["000002"]).num_rows == 2


def test_rows_come_in_pieces(source):
    assert [piece.num_rows for piece in source.pieces(["000000"], 2)] == [2, 2, 1]


def test_cells_have_the_texts_of_their_source(source):
    rows = source.group(0, text_columns([NUMBER, TEXT]))

    assert cell_texts(rows, NUMBER).to_pylist() == ["1.50", None]
    assert cell_texts(rows, TEXT).to_pylist() == ["a", "b"]
    assert cell_texts(rows, ABSENT).to_pylist() == [None, None]


def test_stored_texts_win(tmp_path):
    pq.write_table(pa.table({"000000": [1.5], "000000#text": ["1.500"]}), tmp_path / "d")
    with CellSource(tmp_path / "d") as source:
        assert cell_texts(source.group(0, text_columns([NUMBER])), NUMBER).to_pylist() == ["1.500"]
