import pytest

from ml.errors import UnreadableError
from ml.fields import Optype
from ml.reading.arffheader import parse_header, unquote
from ml.reading.table import Column


def parsed(text: str):
    return parse_header(iter(text.split("\n")))


def attribute(text: str) -> Column:
    return parsed(f"@relation r\n@attribute {text}\n@data").columns[0]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a numeric", Column("a", Optype.NUMERIC, "double")),
        ("a\treal", Column("a", Optype.NUMERIC, "double")),
        ("a INTEGER", Column("a", Optype.NUMERIC, None)),
        ("a string", Column("a", Optype.TEXT, "string")),
        ("'a b' numeric", Column("a b", Optype.NUMERIC, "double")),
        ('"it\'s" numeric', Column("it's", Optype.NUMERIC, "double")),
        (r"'it\'s' numeric", Column("it's", Optype.NUMERIC, "double")),
        ("a {x,y}", Column("a", Optype.CATEGORICAL, "string", ("x", "y"))),
        ("a{x,y}", Column("a", Optype.CATEGORICAL, "string", ("x", "y"))),
        ("a { x , 'y z', \"q,r\" }", Column("a", Optype.CATEGORICAL, "string", ("x", "y z", "q,r"))),
        ("a {1,0}", Column("a", Optype.CATEGORICAL, "string", ("1", "0"))),
        ("a {-,'',x}", Column("a", Optype.CATEGORICAL, "string", ("-", "", "x"))),
        ("a {}", Column("a", Optype.CATEGORICAL, "string", ())),
        ("a date", Column("a", Optype.DATETIME, "string", time_formats=("yyyy-MM-dd'T'HH:mm:ss",))),
        ("a date 'yyyy-MM-dd'", Column("a", Optype.DATETIME, "string", time_formats=("yyyy-MM-dd",))),
        ("a DATE yyyy", Column("a", Optype.DATETIME, "string", time_formats=("yyyy",))),
    ],
)
def test_an_attribute_becomes_a_column(text, column):
    assert attribute(text) == column


def test_long_stretches_of_blanks_take_no_long_time():
    blanks = " " * 200_000

    assert attribute(f"a{blanks}{{x{blanks},'y'{blanks}}}{blanks}").categories == ("x", "y")


def test_comments_and_empty_lines_are_passed_over():
    header = parsed("% about\n\n  % more\n@RELATION 'a b'\n\n@Attribute a numeric\n% x\n@DATA\n1")

    assert header.lines == 8
    assert [column.name for column in header.columns] == ["a"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@relation r\n@attribute a numeric\n", "The ARFF header has no @data in its 3 lines."),
        ("@relation r\n@data\n", "The ARFF header has no attribute before @data in line 2."),
        ("@relation r\n1,2\n", "The ARFF header has '1,2' in line 2, which is no declaration."),
        ("@attribute a\n@data", "The ARFF attribute in line 1 has no name or no type: 'a'."),
        ("@attribute a colour\n@data", "The ARFF attribute 'a' in line 1 has an unknown type 'colour'."),
        ("@attribute a {x,y\n@data", "The ARFF attribute 'a' in line 1 has values without a closing brace."),
        ("@attribute a {'x,y}\n@data", "The ARFF attribute 'a' in line 1 has broken quotes in its values."),
        ("@attribute a relational\n@data", "The ARFF attribute 'a' in line 1 has an unknown type 'relational'."),
    ],
)
def test_a_broken_header_is_refused_with_its_line(text, message):
    with pytest.raises(UnreadableError) as refusal:
        parsed(text)

    assert str(refusal.value) == message


def test_a_date_format_that_is_none_is_refused_with_its_line():
    with pytest.raises(UnreadableError, match="'a' in line 2: Time format 'qq'"):
        attribute("a date qq")


@pytest.mark.parametrize(
    ("text", "value"),
    [("x", "x"), ("'x'", "x"), ('"x"', "x"), (r"'\n\t\\'", "\n\t\\"), (r"a\,b", "a,b"), ("'\\u00e9'", "é"), ("'", "'")],
)
def test_quotes_and_escapes_are_taken_off(text, value):
    assert unquote(text) == value
