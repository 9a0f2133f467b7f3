import pyarrow as pa
import pytest

from ml.errors import ArgumentError
from ml.fields import Field, Optype
from ml.filters import bind, parse_json, parse_lisp

FIELDS = [
    Field("000000", "age", Optype.NUMERIC, 0),
    Field("000001", "species", Optype.CATEGORICAL, 1),
    Field("000002", "age", Optype.TEXT, 2),
    Field("000003", "000000", Optype.NUMERIC, 3),
]
ROWS = pa.RecordBatch.from_pydict(
    {
        "000000": pa.array([1.0, None, 5.0, 30.0]),
        "000001": ["a", "b", None, "5"],
        "000002": ["x", "y", "z", None],
        "000003": pa.array([0.0, 0.0, 0.0, 0.0]),
    }
)


def kept(expression) -> list[int]:
    """The numbers, from 0, of the rows that an expression keeps; the first of them is row 5 of its dataset."""
    keeps = bind(expression, FIELDS).keeps(ROWS, first_row=5)
    assert keeps.null_count == 0
    return [number for number, keep in enumerate(keeps.to_pylist()) if keep]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("(= (row-number) 5)", [0]),
        ("(not (= (row-number) 5))", [1, 2, 3]),
        ("(or (= (row-number) 5) (= (row-number) 7))", [0, 2]),
        ("(or )", []),
        ("(and)", [0, 1, 2, 3]),
        ("(not (or ))", [0, 1, 2, 3]),
        ('(> (f "age") 3)', [2, 3]),
        ('(>= (field "age") 5)', [2, 3]),
        ('(< (f "age") 5)', [0]),
        ('(<= 1 (f "000000") 5)', [0, 2]),
        ('(missing? "000001")', [2]),
        ("(missing? 000001)", [2]),
        ("(missing? (f species))", [2]),
        ('(= (f "species") "a")', [0]),
        ('(= (f "species") 5)', [3]),
        ('(!= (f "species") "a")', [1, 2, 3]),
        ('(not (= (f "species") "a"))', [1, 2, 3]),
        ('(= (f "age") "5")', [2]),
        ('(= (f "age") nil)', [1]),
        ('(!= (f "age") nil)', [0, 2, 3]),
        ('(> (+ (f "age") 2 (* 2 (row-number))) 15)', [2, 3]),
        ("(= (- (f 0)) -5)", [2]),
        ("(= (- (f 0) 1 1) 3)", [2]),
        ("(= (/ 10 (f 0)) 2)", [2]),
        ("(= (/ (f 0)) 0.2)", [2]),
        ("(> (/ (f 0) 0) 1e300)", [0, 2, 3]),
        ('(= true (missing? "species"))', [2]),
        ('(and (> (f "age") 3) (not (missing? "species")))', [3]),
        ('(< (f "species") "b")', [0, 3]),
        ("true", [0, 1, 2, 3]),
        ("(= 1 1)", [0, 1, 2, 3]),
        ('(= "a\\"b" "a\\"b")', [0, 1, 2, 3]),
        ("(= nil nil)", [0, 1, 2, 3]),
        ("(< nil 1)", []),
    ],
)
def test_an_s_expression_keeps_rows(text, rows):
    assert kept(parse_lisp(text)) == rows


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        (["=", ["field", "species"], "a"], [0]),
        ('["and", ["missing?", "000001"], [">", ["f", "age"], 1]]', [2]),
        (["not", ["=", ["row-number"], 5]], [1, 2, 3]),
        (["=", ["f", "age"], None], [1]),
        (["or", ["missing?", ["f", "species"]], ["=", ["f", 0], 1]], [0, 2]),
        (["=", ["missing?", "species"], True], [2]),
    ],
)
def test_nested_arrays_keep_the_same_rows(value, rows):
    assert kept(parse_json(value)) == rows


def test_an_id_is_never_taken_for_a_name():
    assert bind(parse_lisp('(= (f "000000") 1)'), FIELDS).columns == ("000000",)
    assert bind(parse_lisp('(= (f "age") 1)'), FIELDS).columns == ("000000",)


def test_a_filter_names_the_columns_that_it_needs_once():
    found = bind(parse_lisp('(and (> (f "age") 1) (< (f "age") 9) (missing? "species"))'), FIELDS)

    assert found.columns == ("000000", "000001")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("(= 1", "a bracket is not closed"),
        (")", "a bracket closes that was not opened"),
        ("(= 1 1) 2", "there is something after its end"),
        ("= 1", "there is something after its end"),
        ("()", "there is an empty list or an object in it"),
        ("(foo 1)", "the function 'foo' is not known"),
        ('(= "abc 1)', "there is an open quote"),
        ('(= "a\\q" 1)', "is broken"),
        ("(= species 1)", "'species' is neither a number nor a text in quotes"),
        ("(not true true)", "'not' cannot take 2 arguments"),
        ("(= 1)", "'=' cannot take 1 arguments"),
        ("(row-number 1)", "'row-number' cannot take 1 arguments"),
        ("(f)", "a field is named by one name or id"),
        ("((f 0) 1)", "is not the name of a function"),
        ("(" * 5000, "it is nested too deep"),
        ("(not " * 5000 + "true" + ")" * 5000, "it is nested too deep"),
        ("(or " + "true " * 300_000 + ")", "it is too long"),
    ],
)
def test_what_is_no_s_expression_is_refused(text, reason):
    with pytest.raises(ArgumentError, match="The lisp_filter cannot be read") as refusal:
        parse_lisp(text)

    assert reason in str(refusal.value)
    assert refusal.value.path == ("lisp_filter",)


@pytest.mark.parametrize(
    "value",
    [{"a": 1}, [], ["="], ["=", ["f"], 1], "x", "[", 5, None, ["=", ["f", {}], 1], [["="], 1], ["=", [], 1], ["foo"]],
)
def test_what_are_no_nested_arrays_is_refused(value):
    with pytest.raises(ArgumentError, match="The json_filter cannot be read") as refusal:
        parse_json(value)

    assert refusal.value.path == ("json_filter",)


def test_arrays_nested_too_deep_are_refused():
    value: list = ["and"]
    for _ in range(5000):
        value = ["not", value]

    with pytest.raises(ArgumentError, match="nested too deep"):
        parse_json(value)
    with pytest.raises(ArgumentError, match="cannot be read"):
        parse_json("[" * 200_000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('(= (f "nope") 1)', "The lisp_filter names an unknown field 'nope'."),
        ('(f "age")', "The lisp_filter is a number, not a condition."),
        ('"a"', "The lisp_filter is a text, not a condition."),
        ('(= (f "age") "abc")', "The lisp_filter gives a text to '='."),
        ('(= (f "species") (f "age"))', "The lisp_filter compares a number with a text by '='."),
        ('(and (f "age"))', "The lisp_filter gives a number to 'and'."),
        ('(> (+ 1 "a") 1)', "The lisp_filter gives a text to '+'."),
        ('(< 1 "a")', "The lisp_filter compares a number with a text by '<'."),
    ],
)
def test_what_does_not_fit_the_fields_is_refused(text, message):
    with pytest.raises(ArgumentError) as refusal:
        bind(parse_lisp(text), FIELDS)

    assert str(refusal.value) == message
    assert refusal.value.path == ("lisp_filter",)


def test_a_refusal_names_the_argument_it_came_in():
    with pytest.raises(ArgumentError, match="The json_filter names an unknown field") as refusal:
        bind(parse_json(["missing?", "nope"]), FIELDS, argument="json_filter")

    assert refusal.value.path == ("json_filter",)
