import pytest

from ml.reading import ParserOptions
from ml.reading.dialect import Dialect, sniff, split_rows, usual_width


def sniffed(text: str, *, is_whole: bool = True, **options) -> Dialect:
    return sniff(text, ParserOptions(**options), is_whole=is_whole)


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb c\n1\t2 d\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("a b\n1 2\n3 4\n", " "),
        ("name\nAnn Lee\nBo\nCy\nDee\n", ","),
        ("full name\nAnn Lee\nBo Day\nCy Wood\n", ","),
        ('a,b\n"x;y;z",2\n"u;v;w",3\n', ","),
        ('"a b";c\n"d e";f\n', ";"),
    ],
)
def test_the_separator_is_found(text, separator):
    assert sniffed(text).separator == separator


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("a,b\n", '"'),
        ("'a','b'\n'1','2,3'\n", "'"),
        ("name,x\nO'Neil,1\n", '"'),
        ('"a",\'b\'\n"c","d"\n', '"'),
        ('a,b\n"open,2\n3,4\n5,6\n', ""),
    ],
)
def test_the_quote_is_found(text, quote):
    assert sniffed(text).quote == quote


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("a,b\n1,2\n", True),
        ("1,2\n3,4\n", False),
        ("x,1\ny,2\n", False),
        ("outlook,windy\nsunny,yes\nrain,no\n", True),
        ("sunny,yes\nrain,no\nsunny,no\n", False),
        (",name\n0,foo\n1,bar\n", True),
        ("a,b\n", True),
        ("1,2\n", False),
        ("?,?\n1,2\n", False),
    ],
)
def test_a_header_looks_unlike_the_rest(text, header):
    assert sniffed(text).header is header


def test_what_is_said_is_taken_as_given():
    dialect = sniffed("a;b,c\n1;2,3\n", separator=",", quote="'", header=False)

    assert dialect == Dialect(",", "'", False, ("field1", "field2"))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b\n1,2\n", ("a", "b")),
        ("1,2\n3,4\n", ("field1", "field2")),
        (" a , \n1,2\n", ("a", "field2")),
        ("a,a\n1,2\n", ("a", "a")),
        ("a,b\n1,2,3\n4,5,6\n", ("a", "b", "field3")),
        ("a,b,c,d\n1,2,3\n4,5,6\n", ("a", "b", "c")),
        ("\0a,b\n1,2\n", ("a", "b")),
        ('"first name","last, name"\nx,1\n', ("first name", "last, name")),
        ("größe,名前\n1,2\n", ("größe", "名前")),
        ('"two\nlines",b\n1,2\n', ("two\nlines", "b")),
    ],
)
def test_columns_have_the_names_of_the_header(text, names):
    assert sniffed(text).names == names


@pytest.mark.parametrize(
    ("text", "has_items"),
    [
        ("list\na,b,c\nb\nc,d\na\na,b,c,d,e\n", True),
        ("a,b\n1,2\n3\n4,5,6\n7\n", False),
        ("list\na,,c\nb\nc,d\na\n", False),
        ("list\n" + "x" * 65 + ",b,c\nb\nc,d\na\n", False),
        ("a,b\nx,y\nu,v\nw,z\np\n", False),
    ],
)
def test_ragged_lines_of_short_words_are_lists_of_items(text, has_items):
    dialect = sniffed(text)

    assert dialect.has_items is has_items
    assert (dialect.separator == "") is has_items


def test_a_last_row_that_may_be_broken_is_left_out():
    assert split_rows("a,b\n1,2\n3", ",", '"', is_whole=False) == [["a", "b"], ["1", "2"]]
    assert split_rows("a,b\n1,2\n3", ",", '"', is_whole=True) == [["a", "b"], ["1", "2"], ["3"]]


def test_a_cell_too_long_ends_the_look():
    assert split_rows("a,b\n1,2\n" + "x" * 200_000 + ",3\n", ",", '"', is_whole=True) == [["a", "b"], ["1", "2"]]


def test_the_usual_width_is_the_most_frequent_one():
    assert usual_width([["a"], ["b", "c"], ["d", "e"]]) == 2
    assert usual_width([]) == 1
