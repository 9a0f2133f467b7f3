import pytest

from ml.errors import UnreadableError
from ml.fields import MISSING_TOKENS
from ml.reading import Format, ParserOptions, open_table
from tests.ml.tables import DATA, written

HEADER = "@relation r\n@attribute n numeric\n@attribute c {x,'y z',\"it's\"}\n@attribute s string\n@data\n"


def read(folder, body, header=HEADER, *, wanted=None, limit=None, **options):
    path = written(folder, header + body, "table.arff")
    table = open_table(path, ParserOptions(**options), file_name=path.name, size_limit_bytes=limit)
    columns = range(len(table.columns)) if wanted is None else wanted
    return [tuple(row.values()) for batch in table.batches(columns) for row in batch.to_pylist()], table


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ("1,x,a\n2.50,x,b\n", [("1", "x", "a"), ("2.50", "x", "b")]),
        ("1,x,a", [("1", "x", "a")]),
        ("% comment\n1,x,a\n\n  % more\n2,x,b\n", [("1", "x", "a"), ("2", "x", "b")]),
        ("1,'y z','a, b'\n", [("1", "y z", "a, b")]),
        ('1,"it\'s",a\n', [("1", "it's", "a")]),
        ("1 , 'y z' , 'a\\'b\\n'\n", [("1", "y z", "a'b\n")]),
        ("1,x,'a % b'\n", [("1", "x", "a % b")]),
        ("?,?,?\n1,'x','?'\n", [(None, None, None), ("1", "x", "?")]),
        ("1,x,a,{5}\n2,x,b, {2.5}\n", [("1", "x", "a"), ("2", "x", "b")]),
        ("{0 5,1 'y z'}\n{}\n{2 t}\n", [("5", "y z", None), ("0", "x", None), ("0", "x", "t")]),
        ("{0 ?}, {3}\n", [(None, "x", None)]),
        ("1,x,a\r\n2,x,b\r\n", [("1", "x", "a"), ("2", "x", "b")]),
        ("1,x,\n", [("1", "x", "")]),
        ("", []),
    ],
)
def test_rows_are_read(tmp_path, body, rows):
    found, table = read(tmp_path, body)

    assert found == rows
    assert table.rejected == 0


def test_rows_of_another_width_are_left_out_and_counted(tmp_path):
    plain, table = read(tmp_path, "1,x,a\n1,x\n1,x,a,b\n2,x,b\n")
    assert (plain, table.rejected) == ([("1", "x", "a"), ("2", "x", "b")], 2)

    quoted, table = read(tmp_path, "1,x,'a'\n1,x\n1,x,a,b\n2,x,b\n")
    assert (quoted, table.rejected) == ([("1", "x", "a"), ("2", "x", "b")], 2)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("1,x,a\n1,'y z,a\n", "The ARFF row in line 7 has broken quotes."),
        ("1,x,a\n\n{0 5\n", "The sparse ARFF row in line 8 is not closed."),
        ("{7 5}\n", "The sparse ARFF row in line 6 has a broken pair of index and value."),
        ("{0}\n", "The sparse ARFF row in line 6 has a broken pair of index and value."),
        ("{x 1}\n", "The sparse ARFF row in line 6 has a broken pair of index and value."),
    ],
)
def test_a_broken_row_is_refused_with_its_line(tmp_path, body, message):
    with pytest.raises(UnreadableError) as refusal:
        read(tmp_path, body)

    assert str(refusal.value) == message


def test_lines_are_counted_across_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("ml.reading.arfftable.PIECE", 64)

    with pytest.raises(UnreadableError, match="line 106 "):
        read(tmp_path, "1,x,a\n" * 100 + "1,'x,a\n" + "1,x,a\n" * 5)


def test_small_pieces_give_the_same_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("ml.reading.arfftable.PIECE", 7)

    rows, _ = read(tmp_path, "".join(f"{number},'y z',{'a' * (number % 30)}b\n" for number in range(100)))

    assert rows == [(str(number), "y z", "a" * (number % 30) + "b") for number in range(100)]


def test_long_stretches_of_blanks_take_no_long_time(tmp_path):
    blanks = " " * 200_000

    rows, _ = read(tmp_path, f"1{blanks},'y z'{blanks},a{blanks}b{blanks}\n{{0{blanks}5{blanks}}}\n")

    assert rows == [("1", "y z", f"a{blanks}b"), ("5", "x", None)]


def test_only_a_question_mark_is_missing_unless_told_otherwise(tmp_path):
    assert read(tmp_path, "")[1].options.missing_tokens == ("?",)
    assert read(tmp_path, "", missing_tokens=("-",))[1].options.missing_tokens == ("-",)
    assert ParserOptions().missing_tokens == MISSING_TOKENS


def test_a_limit_leaves_whole_rows(tmp_path):
    assert read(tmp_path, "1,x,a\n2,x,b\n", limit=len(HEADER) + 9)[0] == [("1", "x", "a")]


def test_only_wanted_columns_come(tmp_path):
    assert read(tmp_path, "1,x,a\n", wanted=[2, 0])[0] == [("a", "1")]
    assert read(tmp_path, "1,x,'a'\n", wanted=[2, 0])[0] == [("a", "1")]


@pytest.mark.parametrize(
    ("name", "columns", "rows"), [("anneal", 39, 898), ("iris", 5, 150), ("weather", 6, 6), ("sparse", 5, 3)]
)
def test_published_files_are_read(name, columns, rows):
    table = open_table(DATA / "openml" / f"{name}.arff", ParserOptions())

    assert table.options.format is Format.ARFF
    assert len(table.columns) == columns
    assert sum(batch.num_rows for batch in table.batches([0])) == rows
