from datetime import date, datetime

import pytest
from openpyxl import Workbook

from ml.errors import UnreadableError
from ml.fields import Optype
from ml.reading import Format, ParserOptions, open_table
from tests.ml.tables import written


def workbook(folder, rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.create_sheet("other").append(["not", "read"])
    path = folder / "table.bin"
    book.save(path)
    return path


def read(path, **options):
    table = open_table(path, ParserOptions(**options))
    rows = [tuple(row.values()) for batch in table.batches(range(len(table.columns))) for row in batch.to_pylist()]
    return [column.name for column in table.columns], rows, table


def test_the_first_sheet_is_read(tmp_path):
    path = workbook(
        tmp_path,
        [
            ["n", "t", "b", "d", "m"],
            [1, "x", True, datetime(2020, 1, 2, 3, 4, 5), 1.5],
            [2.25, "1", False, date(2020, 1, 3), None],
        ],
    )

    names, rows, table = read(path)

    assert names == ["n", "t", "b", "d", "m"]
    assert rows == [("1", "x", "true", "2020-01-02T03:04:05", "1.5"), ("2.25", "1", "false", "2020-01-03", None)]
    assert [column.optype for column in table.columns] == [
        Optype.NUMERIC,
        None,
        Optype.CATEGORICAL,
        None,
        Optype.NUMERIC,
    ]
    assert table.options.format is Format.EXCEL


def test_a_first_row_with_numbers_is_no_header(tmp_path):
    assert read(workbook(tmp_path, [["x", 1], ["y", 2]]))[:2] == (["field1", "field2"], [("x", "1"), ("y", "2")])


def test_a_header_can_be_denied(tmp_path):
    assert read(workbook(tmp_path, [["a", "b"], ["x", "y"]]), header=False)[1] == [("a", "b"), ("x", "y")]


def test_empty_rows_are_left_out_and_short_ones_filled(tmp_path):
    assert read(workbook(tmp_path, [["a", "b"], [], [1], [2, 3]]))[1] == [("1", None), ("2", "3")]


def test_a_limit_leaves_that_share_of_the_rows(tmp_path):
    path = workbook(tmp_path, [["a"], *([number] for number in range(99))])

    table = open_table(path, ParserOptions(), size_limit_bytes=path.stat().st_size // 2)

    assert sum(batch.num_rows for batch in table.batches([0])) in (48, 49)


@pytest.mark.parametrize("content", [b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1broken"])
def test_a_broken_workbook_is_refused(tmp_path, content):
    with pytest.raises(UnreadableError):
        open_table(written(tmp_path, content), ParserOptions())


def test_an_empty_sheet_is_refused(tmp_path):
    with pytest.raises(UnreadableError, match="The first sheet of the file is empty"):
        open_table(workbook(tmp_path, []), ParserOptions())


def test_a_workbook_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("ml.reading.exceltable.UNPACKED_LIMIT", 1000)

    with pytest.raises(UnreadableError, match="when unpacked"):
        open_table(workbook(tmp_path, [["a"], [1]]), ParserOptions())
