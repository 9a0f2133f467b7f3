from datetime import date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.errors import UnreadableError
from ml.fields import Optype
from ml.reading import ParserOptions, open_table
from tests.ml.tables import written


def stored(folder, columns, **arrow):
    path = folder / "table.bin"
    pq.write_table(pa.table(columns), path, **arrow)
    return path


def read(path, *, wanted=None, limit=None):
    table = open_table(path, ParserOptions(), size_limit_bytes=limit)
    columns = range(len(table.columns)) if wanted is None else wanted
    return [tuple(row.values()) for batch in table.batches(columns) for row in batch.to_pylist()], table


def test_columns_keep_their_types(tmp_path):
    path = stored(
        tmp_path,
        {
            "whole": pa.array([1, None], pa.int16()),
            "real": pa.array([1.5, float("nan")], pa.float32()),
            "exact": pa.array([Decimal("1.50"), None]),
            "flag": [True, None],
            "class": pa.array(["x", "y"]).dictionary_encode(),
            "text": ["a", None],
            "moment": [datetime(2020, 1, 2, 3, 4, 5), datetime(2020, 1, 2, 3, 4, 5, 678000)],
            "day": [date(2020, 1, 2), None],
            "clock": [time(3, 4, 5), None],
            "bytes": [b"a\xff", None],
            "list": [[1, 2], None],
        },
    )

    rows, table = read(path)

    assert [(column.optype, column.datatype) for column in table.columns] == [
        (Optype.NUMERIC, "int16"),
        (Optype.NUMERIC, "double"),
        (Optype.NUMERIC, "double"),
        (Optype.CATEGORICAL, "string"),
        (Optype.CATEGORICAL, "string"),
        (None, None),
        (Optype.DATETIME, "string"),
        (Optype.DATETIME, "string"),
        (Optype.DATETIME, "string"),
        (None, None),
        (None, None),
    ]
    moment = "2020-01-02 03:04:05.000000"
    assert rows[0] == ("1", 1.5, "1.50", "true", "x", "a", moment, "2020-01-02", "03:04:05.000000", "a\ufffd", "[1, 2]")
    assert rows[1][0] is None
    assert rows[1][6] == "2020-01-02 03:04:05.678000"


def test_columns_of_one_name_are_told_apart(tmp_path):
    path = tmp_path / "table.bin"
    pq.write_table(pa.Table.from_arrays([pa.array(["x"]), pa.array(["y"])], names=["a", "a"]), path)

    assert read(path)[0] == [("x", "y")]
    assert read(path, wanted=[1])[0] == [("y",)]


def test_a_limit_leaves_that_share_of_the_rows(tmp_path):
    path = stored(tmp_path, {"a": list(range(1000))})

    assert len(read(path, limit=path.stat().st_size // 2)[0]) in (499, 500)


def test_a_broken_file_is_refused(tmp_path):
    with pytest.raises(UnreadableError, match="not a readable Parquet file"):
        read(written(tmp_path, b"PAR1broken"))


def test_a_file_broken_in_the_middle_is_refused(tmp_path):
    path = stored(tmp_path, {"a": [str(number) for number in range(100_000)]})
    content = bytearray(path.read_bytes())
    content[1000:3000] = b"\0" * 2000
    path.write_bytes(content)

    with pytest.raises(UnreadableError, match="breaks off after"):
        read(path)


def test_a_packed_file_is_refused(tmp_path):
    import gzip

    path = written(tmp_path, gzip.compress(stored(tmp_path, {"a": [1]}).read_bytes()))

    with pytest.raises(UnreadableError, match="Parquet files are packed by themselves"):
        read(path)
