import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.conversion import FieldErrors
from ml.errors import ArgumentError, UnreadableError
from ml.fields import Field, ItemAnalysis, Optype, TermAnalysis
from ml.ingest import RawFile, ingest, ingest_all
from ml.reading import ParserOptions
from ml.writing import write_csv
from tests.ml.tables import DATA, dataset, inspected, names_of, written

IRIS = DATA / "bigml" / "iris.csv"


def columns(out: Path) -> dict[str, list]:
    return pq.read_table(out).to_pydict()


def read_back(out: Path, fields: list[Field]) -> str:
    target = out.with_suffix(".out.csv")
    write_csv(out, [field for field in fields if not field.generated], target)
    return target.read_bytes().decode()


def test_iris_becomes_a_dataset(tmp_path):
    out = tmp_path / "d.parquet"

    made = dataset(IRIS, out)

    file = pq.ParquetFile(out)
    assert (made.rows, made.row_format_errors, made.field_errors, made.bytes) == (150, 0, {}, IRIS.stat().st_size)
    assert file.schema_arrow == pa.schema([(f"00000{n}", pa.float64()) for n in range(4)] + [("000004", pa.string())])
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert [field.decimals for field in made.fields] == [1, 1, 1, 1, None]
    assert [values[0] for values in columns(out).values()] == [5.1, 3.5, 1.4, 0.2, "Iris-setosa"]


@pytest.mark.parametrize("name", ["iris.csv", "iris_missing.csv"])
def test_what_is_downloaded_is_what_was_uploaded(tmp_path, name):
    out = tmp_path / "d.parquet"
    made = dataset(DATA / "bigml" / name, out)

    assert read_back(out, made.fields).encode() == (DATA / "bigml" / name).read_bytes()


def test_a_word_among_numbers_is_missing_and_an_error(tmp_path):
    out = tmp_path / "d.parquet"

    made = dataset(DATA / "bigml" / "iris_missing.csv", out, changes={"000000": {"optype": Optype.NUMERIC}})

    assert columns(out)["000000"].count(None) == 1
    assert made.field_errors == {"000000": FieldErrors(1, [("foo", 1)])}


def test_a_missing_token_is_no_error(tmp_path):
    out = tmp_path / "d.parquet"

    made = dataset(DATA / "bigml" / "iris_missing.csv", out, missing_tokens=("foo",))

    assert columns(out)["000000"][0] is None
    assert made.field_errors == {}


def test_errors_are_counted_with_their_texts(tmp_path):
    path = written(tmp_path, "n,c\n" + "1,x\nfoo,x\nbar,x\nfoo,x\n" * 5)

    made = dataset(path, tmp_path / "d", changes={"000000": {"optype": Optype.NUMERIC}})

    assert made.field_errors["000000"] == FieldErrors(15, [("foo", 10), ("bar", 5)])


def test_rows_of_a_wrong_width_are_left_out_and_counted(tmp_path):
    made = dataset(written(tmp_path, "a,b\n1,2\n3\n4,5\n6,7,8\n9,10\n11,12\n13,14\n15,16\n17,18\n"), tmp_path / "d")

    assert (made.rows, made.row_format_errors) == (7, 2)


@pytest.mark.parametrize(
    ("content", "decimals", "has_text"),
    [
        ("n\n1.5\n2.0\n3.5\n", 1, False),
        ("n\n1.5\n2.0\n3.25\n", -1, False),
        ("n\n1.5\n2\n3.25\n", None, False),
        ("n\n007\n008\n009\n", None, True),
        ("n\n1e5\n2\n3\n", None, True),
        ('n\n"1,234.5"\n2\n3\n', None, True),
        ("n\n12345678901234567890\n2\n3\n", None, True),
    ],
)
def test_numbers_keep_the_form_they_had(tmp_path, content, decimals, has_text):
    out = tmp_path / "d.parquet"

    made = dataset(written(tmp_path, content), out)

    assert made.fields[0].decimals == decimals
    assert ("000000#text" in columns(out)) is has_text
    assert read_back(out, made.fields) == content


def test_a_number_late_in_the_file_may_need_its_text(tmp_path):
    content = "n,m\n" + "1.5,1\n2.5,1\n" * 20_000 + "2.250,1\n" + "1.5,2\n" * 10
    out = tmp_path / "d.parquet"

    made = dataset(written(tmp_path, content), out)

    assert set(columns(out)) == {"000000", "000000#text", "000001"}
    assert (made.rows, made.field_errors) == (40_011, {})
    assert read_back(out, made.fields) == content


def test_datetimes_get_numeric_parts_after_all_other_fields(tmp_path):
    out = tmp_path / "d.parquet"

    made = dataset(written(tmp_path, "when,n\n2020-01-05T13:14:15,1\nNA,2\n2020-01-06T00:00:00,3\n"), out)

    assert names_of(made.fields) == [
        "when", "n", "when.year", "when.month", "when.day-of-month", "when.day-of-week", "when.hour", "when.minute",
        "when.second", "when.millisecond",
    ]  # fmt: skip
    parts = made.fields[2:]
    assert [part.id for part in parts] == [f"000000-{number}" for number in range(8)]
    assert [part.column_number for part in parts] == list(range(2, 10))
    assert {(part.parent_id, part.generated, part.optype) for part in parts} == {("000000", True, Optype.NUMERIC)}
    assert [part.datatype for part in parts[:4]] == ["year", "month", "day-of-month", "day-of-week"]
    assert [columns(out)[part.id] for part in parts] == [
        [2020.0, None, 2020.0], [1.0, None, 1.0], [5.0, None, 6.0], [7.0, None, 1.0], [13.0, None, 0.0],
        [14.0, None, 0.0], [15.0, None, 0.0], [0.0, None, 0.0],
    ]  # fmt: skip
    assert columns(out)["000000"] == ["2020-01-05T13:14:15", None, "2020-01-06T00:00:00"]


def test_a_field_made_a_datetime_by_hand_finds_its_format(tmp_path):
    out = tmp_path / "d.parquet"
    path = written(tmp_path, "when\n2020-01-05\n2020-01-06\nnever\n2020-01-07\n")

    made = dataset(path, out, changes={"000000": {"optype": Optype.DATETIME, "time_formats": ("yyyy-MM-dd",)}})

    assert columns(out)["000000-2"] == [5.0, 6.0, None, 7.0]
    assert made.field_errors == {"000000": FieldErrors(1, [("never", 1)])}


def test_a_field_may_have_tokens_and_a_locale_of_its_own(tmp_path):
    out = tmp_path / "d.parquet"
    path = written(tmp_path, "a;b\n1,5;NA\n2,5;none\n3,5;x\n")
    changes = {
        "000000": {"optype": Optype.NUMERIC, "locale": "es_ES"},
        "000001": {"missing_tokens": ("none",)},
    }

    dataset(path, out, changes=changes)

    assert columns(out)["000000"] == [1.5, 2.5, 3.5]
    assert columns(out)["000001"] == ["NA", None, "x"]


def test_values_that_a_nominal_attribute_does_not_declare_are_errors(tmp_path):
    out = tmp_path / "d.parquet"
    path = written(tmp_path, "@relation r\n@attribute c {x, y}\n@data\nx\nz\n?\ny\n", "t.arff")

    made = dataset(path, out)

    assert columns(out)["000000"] == ["x", None, None, "y"]
    assert made.field_errors == {"000000": FieldErrors(1, [("z", 1)])}


def test_text_and_items_fields_learn_how_they_are_cut(tmp_path):
    path = written(tmp_path, 't,i\n"the cat and the dog are in the house","a, b"\n"it was all of this and that","c"\n')
    changes = {"000000": {"optype": Optype.TEXT}, "000001": {"optype": Optype.ITEMS}}

    made = dataset(path, tmp_path / "d", changes=changes)

    assert made.fields[0].term_analysis == TermAnalysis(language="en")
    assert made.fields[1].item_analysis == ItemAnalysis(separator_regexp=r"\s*,\s*")


def test_fields_are_read_from_their_columns(tmp_path):
    found = inspected(IRIS)
    chosen = [found.fields[4], found.fields[1].with_(name="width")]

    made = ingest(IRIS, options=found.options, fields=chosen, out=tmp_path / "d")

    assert names_of(made.fields) == ["species", "width"]
    assert list(columns(tmp_path / "d")) == ["000004", "000001"]


def test_a_number_column_can_be_read_as_classes(tmp_path):
    out = tmp_path / "d"
    dataset(written(tmp_path, "n\n1.0\n2.0\n3.0\n"), out, changes={"000000": {"optype": Optype.CATEGORICAL}})

    assert columns(out)["000000"] == ["1.0", "2.0", "3.0"]


@pytest.mark.parametrize(
    ("content", "rows"), [("a,b\n", []), ("a,b", []), ("a,b\n,\nNA,?\n", [(None, None), (None, None)])]
)
def test_tables_without_values_are_tables(tmp_path, content, rows):
    out = tmp_path / "d"

    made = dataset(written(tmp_path, content), out)

    assert made.rows == len(rows)
    assert list(zip(*columns(out).values(), strict=True)) == rows
    assert pq.read_schema(out).names == ["000000", "000001"]


def test_awkward_values_survive(tmp_path):
    content = 'text,n\r\n"line\nbreak, ""quoted""",1\r\nüñí✓ 漢字 🎉,2\r\n"tab\there",3\r\n\'single\',4\r\n'
    out = tmp_path / "d"

    made = dataset(written(tmp_path, content), out)

    assert columns(out)["000000"] == ['line\nbreak, "quoted"', "üñí✓ 漢字 🎉", "tab\there", "'single'"]
    assert made.row_format_errors == 0


def test_a_huge_cell_is_stored(tmp_path):
    out = tmp_path / "d"

    dataset(written(tmp_path, b"a,b\n" + b"x" * 3_000_000 + b",1\ny,2\nz,3\n"), out)

    assert [len(value) for value in columns(out)["000000"]] == [3_000_000, 1, 1]


def test_several_files_become_one_dataset(tmp_path):
    first, second = written(tmp_path, "a,b\n1.0,x\n2.0,y\n3.0,x\n", "1"), written(tmp_path, "A;B\n4.5;z\n5;x\n", "2")
    sources = [RawFile(path, inspected(path).options) for path in (first, second)]
    shares: list[float] = []

    made = ingest_all(sources, fields=inspected(first).fields, out=tmp_path / "d", progress=shares.append)

    assert columns(tmp_path / "d") == {
        "000000": [1.0, 2.0, 3.0, 4.5, 5.0],
        "000000#text": ["1.0", "2.0", "3.0", "4.5", "5"],
        "000001": ["x", "y", "x", "z", "x"],
    }
    assert made.bytes == first.stat().st_size + second.stat().st_size
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_file_with_too_few_columns_is_refused(tmp_path):
    narrow = written(tmp_path, "a,b\n1,2\n")
    sources = [RawFile(IRIS, inspected(IRIS).options), RawFile(narrow, inspected(narrow).options)]

    with pytest.raises(UnreadableError, match="Source 2 has 2 columns, but column 5 is asked for"):
        ingest_all(sources, fields=inspected(IRIS).fields, out=tmp_path / "d")


def test_nothing_to_read_is_refused(tmp_path):
    with pytest.raises(ArgumentError):
        ingest_all([], fields=inspected(IRIS).fields, out=tmp_path / "d")
    with pytest.raises(ArgumentError):
        ingest(IRIS, options=ParserOptions(), fields=[], out=tmp_path / "d")


def test_a_file_that_breaks_off_is_refused(tmp_path):
    content = gzip.compress("".join(f"{number},{number * number}\n" for number in range(200_000)).encode())
    path = written(tmp_path, content)
    found = inspected(path)
    path.write_bytes(content[:-1000])

    with pytest.raises(UnreadableError, match="The gzip data is damaged"):
        ingest(path, options=found.options, fields=found.fields, out=tmp_path / "d")


def test_only_the_first_bytes_are_read_if_wanted(tmp_path):
    found = inspected(IRIS)

    made = ingest(IRIS, options=found.options, fields=found.fields, out=tmp_path / "d", size_limit_bytes=1000)

    assert made.rows == IRIS.read_bytes()[:1000].count(b"\n") - 1


def test_rows_keep_their_order_across_row_groups(tmp_path):
    path = written(tmp_path, "n\n" + "".join(f"{number}\n" for number in range(300_000)))
    out = tmp_path / "d"

    made = dataset(path, out)

    file = pq.ParquetFile(out)
    assert [file.metadata.row_group(number).num_rows for number in range(3)] == [131_072, 131_072, 37_856]
    assert columns(out)["000000"] == [float(number) for number in range(300_000)]
    assert made.fields[0].decimals == 0


def test_typed_files_become_datasets(tmp_path):
    path = tmp_path / "t.parquet"
    table = pa.table(
        {"f": [1.5, float("nan"), float("inf"), None], "i": [1, 2, 2**60 + 1, None], "s": ["a", "NA", "b", None]}
    )
    pq.write_table(table, path)

    made = dataset(path, tmp_path / "d")

    assert columns(tmp_path / "d") == {
        "000000": [1.5, None, None, None],
        "000001": [1.0, 2.0, float(2**60 + 1), None],
        "000001#text": ["1", "2", str(2**60 + 1), None],
        "000002": ["a", None, "b", None],
    }
    assert made.field_errors == {"000000": FieldErrors(1, [("inf", 1)])}


def test_a_published_arff_file_becomes_a_dataset(tmp_path):
    made = dataset(DATA / "openml" / "anneal.arff", tmp_path / "d")

    assert (made.rows, len(made.fields), made.field_errors, made.row_format_errors) == (898, 39, {}, 0)


CELLS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8),
    st.sampled_from(["", "1", "2.50", "-3.0", "1e5", "NA", 'say "hi"', "a,b", "two\nlines", "2020-01-01", " x "]),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=6)))
def test_every_cell_comes_back_as_it_was_written(tmp_path, rows):
    import csv
    import io

    width = len(rows[0]) if rows else 2
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[f"name{n}" for n in range(width)], *rows])
    path = written(tmp_path, text.getvalue())

    made = dataset(path, tmp_path / "d", header=True, separator=",", quote='"', missing_tokens=("",), trim=False)

    expected = [row for row in rows if width > 1 or row != [""]]
    back = list(csv.reader(io.StringIO(read_back(tmp_path / "d", made.fields), newline="")))[1:]
    fitting = [[cell.replace("\r", "") for cell in row] for row in expected]
    assert [row for row in back if width > 1 or row != [""]] == fitting
