import pytest

from ml.errors import UnreadableError
from ml.reading import ParserOptions, open_table
from ml.reading import delimited as module
from tests.ml.tables import written


def rows_of(folder, content, *, wanted=None, **options):
    table = open_table(written(folder, content), ParserOptions(**options))
    columns = range(len(table.columns)) if wanted is None else wanted
    rows = [tuple(row.values()) for batch in table.batches(columns) for row in batch.to_pylist()]
    return rows, table


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("a,b\n1,2\n3,4\n", [("1", "2"), ("3", "4")]),
        ("a,b\n1,2\n3,4", [("1", "2"), ("3", "4")]),
        ("a,b\r\n1,2\r\n", [("1", "2")]),
        ("a,b\r1,2\r3,4\r", [("1", "2"), ("3", "4")]),
        ("a,b\n\n1,2\n  \n3,4\n", [("1", "2"), ("3", "4")]),
        ('a,b\n"x ""y""","p\nq"\n', [('x "y"', "p\nq")]),
        ('a,b\n5" pipe,2\n', [('5" pipe', "2")]),
        ("a,b\n,\n1,\n", [("", ""), ("1", "")]),
        ("a,b\n", []),
        ("a,b", []),
        ("ä,b\nüß,漢\n", [("üß", "漢")]),
        ('"a\nb",c\n1,2\n', [("1", "2")]),
    ],
)
def test_rows_are_read(tmp_path, content, rows):
    found, table = rows_of(tmp_path, content)

    assert found == rows
    assert table.rejected == 0


def test_rows_of_another_width_are_left_out_and_counted(tmp_path):
    rows, table = rows_of(tmp_path, "a,b,c\n1,2,3\n4,5\n6,7,8,9\n1,2,3\n2,3,4\n4,5,6\n7,8,9\n0,0,0\n")

    assert [row[0] for row in rows] == ["1", "1", "2", "4", "7", "0"]
    assert table.rejected == 2
    assert list(table.batches([0]))
    assert table.rejected == 2


def test_a_header_of_another_width_is_no_rejected_row(tmp_path):
    rows, table = rows_of(tmp_path, "a,b\n1,2,3\n4,5,6\n")

    assert rows == [("1", "2", "3"), ("4", "5", "6")]
    assert table.rejected == 0


def test_only_wanted_columns_are_read(tmp_path):
    rows, _ = rows_of(tmp_path, "a,b,c\n1,2,3\n", wanted=[2, 0])

    assert rows == [("3", "1")]


def test_lines_can_be_one_cell_each(tmp_path):
    rows, table = rows_of(tmp_path, 'list\na,"b,c\nb\nc,d\na\na,b,c,d,e\n', separator="", quote="")

    assert rows == [('a,"b,c',), ("b",), ("c,d",), ("a",), ("a,b,c,d,e",)]
    assert [column.name for column in table.columns] == ["list"]


def test_resolved_options_read_the_same_again(tmp_path):
    content = "'a';'b'\n'1,5';'x;y'\n"
    rows, table = rows_of(tmp_path, content)

    again, second = rows_of(tmp_path, content, **{**table.options.to_dict(), "format": table.options.format})

    assert again == rows == [("1,5", "x;y")]
    assert second.columns == table.columns


@pytest.mark.parametrize("size", [2_000_000, 20_000_000])
def test_a_huge_cell_is_read(tmp_path, size):
    rows, _ = rows_of(tmp_path, b"name,b\nfirst,1\n" + b"x" * size + b",2\nlast,3\n")

    assert [(len(name), number) for name, number in rows] == [(5, "1"), (size, "2"), (4, "3")]


def test_a_row_beyond_all_limits_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BLOCK_SIZES", (64, 1024))

    with pytest.raises(UnreadableError, match="After 1 rows comes one of more than"):
        rows_of(tmp_path, "a,b\n1,2\n" + "x" * 3000 + ",2\n")


def test_small_blocks_give_the_same_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BLOCK_SIZES", (16, 4096))
    content = "a,b\n" + "".join(f'{number},"{"x" * (number % 40)}\n"\n' for number in range(200))

    rows, table = rows_of(tmp_path, content)

    assert rows == [(str(number), "x" * (number % 40) + "\n") for number in range(200)]
    assert table.rejected == 0


def test_the_sample_of_a_long_file_is_from_all_over_it(tmp_path, monkeypatch):
    monkeypatch.setattr("ml.reading.table.SAMPLE_ROWS", 100)
    monkeypatch.setattr("ml.reading.table.SAMPLE_BYTES", (100, 1000))
    path = written(tmp_path, "n,text\n" + "".join(f"{number},some text\n" for number in range(400_000)))

    sample = open_table(path, ParserOptions()).sample()
    numbers = [int(text) for text in sample.table.column(0).to_pylist()]

    assert not sample.is_whole
    assert numbers[:3] == [0, 1, 2]
    assert max(numbers) > 300_000
    assert len(numbers) < 200_000
    assert len(numbers) / sample.share == pytest.approx(400_000, rel=0.05)


def test_half_a_line_at_a_limit_is_left_out(tmp_path):
    path = written(tmp_path, "a,b\n1,2\n3,44\n")
    table = open_table(path, ParserOptions(), size_limit_bytes=11)

    assert [row for batch in table.batches([0, 1]) for row in batch.to_pylist()] == [{"0": "1", "1": "2"}]


@pytest.mark.parametrize("content", ["", "\n\n", "  \r\n", "\ufeff", "\0"])
def test_a_file_with_nothing_in_it_is_refused(tmp_path, content):
    with pytest.raises(UnreadableError, match="The file is empty"):
        rows_of(tmp_path, content)
