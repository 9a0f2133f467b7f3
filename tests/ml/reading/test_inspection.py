import gzip

import pytest

from ml.fields import ItemAnalysis, Optype, TermAnalysis
from ml.reading import Compression, Format, ParserOptions, inspect
from tests.ml.tables import DATA, inspected, names_of, written


def column(folder, values, **arguments):
    """The field that a column of these values becomes."""
    path = written(folder, "name,other\n" + "".join(f'"{value}",x{number}\n' for number, value in enumerate(values)))
    options = ParserOptions(header=True, locale=arguments.pop("locale", "en_US"))
    return inspect(path, file_name="x.csv", options=options, **arguments).fields[0]


@pytest.mark.parametrize(
    ("values", "optype", "datatype"),
    [
        (["1", "2", "3"], Optype.NUMERIC, "int8"),
        (["1.5", "2", "300"], Optype.NUMERIC, "double"),
        (["1", "1", "1"], Optype.NUMERIC, "int8"),
        (["1", "300", "70000"], Optype.NUMERIC, "int32"),
        (["1,000", "2", "3"], Optype.NUMERIC, "double"),
        (["1", "NA", "2", "?", "3", ""], Optype.NUMERIC, "int8"),
        (["0", "1", "0", "1"], Optype.CATEGORICAL, "string"),
        (["1.5", "2.5", ""], Optype.CATEGORICAL, "string"),
        (["1", "1.0", "2"], Optype.NUMERIC, "double"),
        (["1", "2", "foo"], Optype.CATEGORICAL, "string"),
        (["a", "b", "c"], Optype.CATEGORICAL, "string"),
        (["", "NA"], Optype.CATEGORICAL, "string"),
        (["2020-01-01", "2020-01-02", ""], Optype.DATETIME, "string"),
        (["13/01/2020", "01/02/2020"], Optype.DATETIME, "string"),
        (["x" * 65, "y" * 65], Optype.TEXT, "string"),
        ([f"word{number}" for number in range(1001)], Optype.TEXT, "string"),
        ([f"word{number}" for number in range(1000)], Optype.CATEGORICAL, "string"),
        ([f"Smith, Mr. John {number}" for number in range(50)], Optype.TEXT, "string"),
        ([f"three word class {number % 3}" for number in range(50)], Optype.CATEGORICAL, "string"),
    ],
)
def test_the_type_of_a_column_is_inferred(tmp_path, values, optype, datatype):
    field = column(tmp_path, values)

    assert (field.optype, field.datatype) == (optype, datatype)


def test_numbers_are_judged_by_the_locale(tmp_path):
    assert column(tmp_path, ["1,5", "2,25", "3"]).optype is Optype.CATEGORICAL
    assert column(tmp_path, ["1,5", "2,25", "3"], locale="es_ES").optype is Optype.NUMERIC


def test_dates_are_judged_by_the_locale(tmp_path):
    assert column(tmp_path, ["01/02/2020", "03/04/2020"]).time_formats == ("%m/%d/%Y",)
    assert column(tmp_path, ["01/02/2020", "03/04/2020"], locale="en_GB").time_formats == ("%d/%m/%Y",)


def test_dates_are_categories_where_they_are_not_wanted(tmp_path):
    field = column(tmp_path, ["2020-01-01", "2020-01-02"], disable_datetime=True)

    assert (field.optype, field.time_formats) == (Optype.CATEGORICAL, ())


def test_a_text_has_its_language(tmp_path):
    english = "the quick brown fox jumps over the lazy dog and it was not amused by this at all "

    assert column(tmp_path, [english + str(n) for n in range(3)]).term_analysis == TermAnalysis(language="en")


def test_a_given_analysis_is_kept(tmp_path):
    given = TermAnalysis(case_sensitive=True, language="de")

    assert column(tmp_path, ["x" * 70, "y" * 70], term_analysis=given).term_analysis == given


def test_a_file_of_item_lists_is_one_items_field(tmp_path):
    path = written(tmp_path, "list\na,b,c\nb\nc, d\na\na,b,c,d,e\n")
    found = inspected(path)

    assert found.options.separator == ""
    assert [(field.name, field.optype) for field in found.fields] == [("list", Optype.ITEMS)]
    assert found.fields[0].item_analysis == ItemAnalysis(separator_regexp=r"\s*,\s*")


def test_iris_is_four_numbers_and_a_class():
    found = inspected(DATA / "bigml" / "iris.csv", missing_tokens=("?",))

    assert [field.id for field in found.fields] == ["000000", "000001", "000002", "000003", "000004"]
    assert names_of(found.fields) == ["sepal length", "sepal width", "petal length", "petal width", "species"]
    assert [field.optype for field in found.fields] == [Optype.NUMERIC] * 4 + [Optype.CATEGORICAL]
    assert [field.column_number for field in found.fields] == [0, 1, 2, 3, 4]
    assert (found.format, found.compression, found.content_type) == (Format.CSV, Compression.NONE, "text/csv")
    assert (found.charset, found.row_estimate) == ("UTF-8", 150)
    assert found.options == ParserOptions(
        header=True, separator=",", quote='"', missing_tokens=("?",), format=Format.CSV, encoding="utf-8"
    )


def test_a_column_with_one_word_is_no_number():
    assert inspected(DATA / "bigml" / "iris_missing.csv").fields[0].optype is Optype.CATEGORICAL


def test_nominal_attributes_keep_their_values_in_order():
    found = inspected(DATA / "openml" / "weather.arff")

    assert [(field.name, field.optype) for field in found.fields] == [
        ("station", Optype.TEXT),
        ("outlook", Optype.CATEGORICAL),
        ("temperature", Optype.NUMERIC),
        ("humidity", Optype.NUMERIC),
        ("windy", Optype.CATEGORICAL),
        ("play", Optype.CATEGORICAL),
    ]
    assert found.fields[1].custom == {"categories": ["sunny", "overcast", "rainy"]}


def test_numeric_nominal_values_are_categories():
    assert inspected(DATA / "openml" / "sparse.arff").fields[4].optype is Optype.CATEGORICAL


def test_numbers_of_json_are_numbers_however_few(tmp_path):
    found = inspected(written(tmp_path, '[{"a": 1, "b": "1"}, {"a": 2, "b": "2"}]', "x.json"))

    assert [field.optype for field in found.fields] == [Optype.NUMERIC, Optype.CATEGORICAL]


def test_inspecting_again_with_the_resolved_options_gives_the_same(tmp_path):
    path = written(tmp_path, gzip.compress("größe;x\n1,5;a\n2,5;b\n3,5;c\n".encode("latin-1")))
    found = inspected(path, locale="de_DE")

    assert inspect(path, file_name="", options=found.options) == found
    assert (found.compression, found.charset) == (Compression.GZIP, "ISO-8859-1")


def test_rows_of_a_long_file_are_estimated(tmp_path, monkeypatch):
    monkeypatch.setattr("ml.reading.table.SAMPLE_ROWS", 100)
    monkeypatch.setattr("ml.reading.table.SAMPLE_BYTES", (100, 1000))
    path = written(tmp_path, "n,text\n" + "".join(f"{number},some text\n" for number in range(400_000)))

    assert inspected(path).row_estimate == pytest.approx(400_000, rel=0.05)
