import csv
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.errors import ArgumentError, DataError
from ml.fields import Field, Optype
from ml.writing import rows, write_csv
from tests.ml.tables import DATA, dataset

NUMBER = Field("000000", "n", Optype.NUMERIC, 0, decimals=1)
TEXT = Field("000001", "t", Optype.CATEGORICAL, 1)


@pytest.fixture
def data(tmp_path):
    def store(numbers, texts, **further):
        path = tmp_path / "d.parquet"
        columns = {"000000": pa.array(numbers, pa.float64()), "000001": pa.array(texts, pa.string()), **further}
        pq.write_table(pa.table(columns), path, row_group_size=3)
        return path

    return store


def csv_of(path, fields, **options) -> str:
    out = path.with_suffix(".csv")
    write_csv(path, fields, out, **options)
    return out.read_bytes().decode()


def test_values_are_written_as_they_were(data):
    path = data([1.0, 2.5, None], ["a", None, "b"])

    assert csv_of(path, [NUMBER, TEXT]) == "n,t\n1.0,a\n2.5,\n,b\n"


def test_source_texts_win_over_numbers(data):
    path = data([1.0, None], ["a", "b"], **{"000000#text": pa.array(["01", None])})

    assert csv_of(path, [NUMBER]) == 'n\n01\n""\n'


def test_only_what_needs_quotes_is_quoted(data):
    values = ["plain", "a,b", 'say "hi"', "two\nlines", "cr\rhere", " edge ", "semi;colon", "'single'", ""]
    path = data([1.0] * 9, values)

    assert csv_of(path, [TEXT, NUMBER]).split("\n1.0")[0].startswith("t,n\nplain,1.0")
    assert csv_of(path, [TEXT, NUMBER]) == (
        't,n\nplain,1.0\n"a,b",1.0\n"say ""hi""",1.0\n"two\nlines",1.0\n"cr\rhere",1.0\n edge ,1.0\n'
        "semi;colon,1.0\n'single',1.0\n,1.0\n"
    )
    back = list(csv.reader(io.StringIO(csv_of(path, [TEXT, NUMBER]), newline="")))
    assert [row[0] for row in back[1:]] == values


@pytest.mark.parametrize("separator", [";", "\t", "|", "^", "]", "-", "\\"])
def test_other_separators_are_quoted_too(data, separator):
    path = data([1.0], [f"a{separator}b,c"])

    text = csv_of(path, [TEXT, NUMBER], separator=separator)

    assert text == f't{separator}n\n"a{separator}b,c"{separator}1.0\n'


def test_the_dialect_can_be_chosen(data):
    path = data([1.0], ["a"])

    assert csv_of(path, [NUMBER, TEXT], header=False, separator=";", newline="\r\n") == "1.0;a\r\n"


def test_names_are_quoted_like_values(data):
    path = data([1.0], ["a"])

    assert csv_of(path, [NUMBER.with_(name='a "b", c')]) == '"a ""b"", c"\n1.0\n'


def test_further_columns_stand_after_the_fields(data):
    path = data([1.0, 2.0, 3.0, 4.0, 5.0], list("abcde"))
    extra = [
        pa.table({"label": ["x", "y"], "score": [0.5, 1.0]}),
        pa.table({"label": pa.array([], pa.string()), "score": pa.array([], pa.float64())}),
        pa.table({"label": [None, "z", "u"], "score": [0.25, None, 0.0]}),
    ]

    assert csv_of(path, [TEXT], extra=iter(extra)) == "t,label,score\na,x,0.5\nb,y,1\nc,,0.25\nd,z,\ne,u,0\n"


def test_further_columns_can_stand_alone(data):
    path = data([1.0, 2.0], ["a", "b"])

    assert csv_of(path, [], extra=[pa.table({"label": ["x", "y"]})]) == "label\nx\ny\n"


@pytest.mark.parametrize(("count", "which"), [(1, "fewer"), (3, "more"), (0, "fewer")])
def test_further_columns_must_have_a_row_for_each(data, count, which):
    path = data([1.0, 2.0], ["a", "b"])

    with pytest.raises(DataError, match=f"There are {which} rows"):
        csv_of(path, [TEXT], extra=[pa.table({"label": pa.array(["x"] * count, pa.string())})])


def test_a_dataset_without_rows_has_a_header(data):
    assert csv_of(data([], []), [NUMBER, TEXT]) == "n,t\n"


@pytest.mark.parametrize("separator", ["", "ab", '"', "\n"])
def test_a_separator_that_is_none_is_refused(data, separator):
    with pytest.raises(ArgumentError):
        csv_of(data([1.0], ["a"]), [TEXT], separator=separator)


def test_progress_is_told(data, monkeypatch):
    monkeypatch.setattr("ml.writing.ROWS_AT_ONCE", 2)
    shares: list[float] = []

    csv_of(data([1.0] * 5, ["a"] * 5), [TEXT], progress=shares.append)

    assert shares[-1] == 1.0
    assert shares == sorted(shares)


def test_a_page_of_rows_is_read(data):
    path = data([1.0, 2.5, None, 4.0, 5.0, 6.0, 7.0], ["a", None, "c", "d", "e", "f", "g"])
    fields = [NUMBER, TEXT]

    assert rows(path, fields, offset=1, limit=3) == [[2.5, None], [None, "c"], [4.0, "d"]]
    assert rows(path, fields, offset=6, limit=10) == [[7.0, "g"]]
    assert rows(path, fields, offset=7) == []
    assert rows(path, fields, limit=0) == []
    assert rows(path, fields, limit=2, columns=["000001", "000000"]) == [["a", 1.0], [None, 2.5]]
    assert len(rows(path, fields)) == 7


@pytest.mark.parametrize(
    ("arguments", "name"), [({"offset": -1}, "offset"), ({"limit": -1}, "limit"), ({"columns": ["00000f"]}, "columns")]
)
def test_a_page_that_cannot_be_is_refused(data, arguments, name):
    with pytest.raises(ArgumentError) as refusal:
        rows(data([1.0], ["a"]), [NUMBER, TEXT], **arguments)

    assert refusal.value.path == (name,)


def test_rows_of_iris_are_its_values(tmp_path):
    made = dataset(DATA / "bigml" / "iris.csv", tmp_path / "d")

    assert rows(tmp_path / "d", made.fields, offset=149) == [[5.9, 3.0, 5.1, 1.8, "Iris-virginica"]]
