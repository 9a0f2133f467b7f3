import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.numbers import (
    DOTTED,
    NumberFormat,
    NumberStyle,
    format_numbers,
    integer_type,
    number_style,
    parse_numbers,
)

POINT = NumberStyle()


def learned(*pieces: list[str | None]) -> NumberFormat:
    learning = NumberFormat()
    for piece in pieces:
        texts = pa.array(piece, pa.string())
        learning.see(texts, parse_numbers(texts, POINT))
    return learning


@pytest.mark.parametrize(
    ("locale", "style"),
    [
        ("en_US", NumberStyle(".", ",")),
        ("es_ES", NumberStyle(",", ".")),
        ("de-DE", NumberStyle(",", ".")),
        ("fr_FR.UTF-8", NumberStyle(",", " \u00a0\u202f")),
        ("de_CH", NumberStyle(".", "'’")),
        ("es_MX", NumberStyle(".", ",")),
        ("xx", NumberStyle(".", ",")),
        ("", NumberStyle(".", ",")),
    ],
)
def test_a_locale_has_its_signs(locale, style):
    assert number_style(locale) == style


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3.50", 3.5),
        ("-3", -3.0),
        ("+3", 3.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e-3", 0.001),
        ("1,234.5", 1234.5),
        ("1,234,567", 1234567.0),
        ("007", 7.0),
        ("3,5", None),
        ("12,34", None),
        ("foo", None),
        ("inf", None),
        ("nan", None),
        ("1e999", None),
        ("-", None),
        ("", None),
        ("0x10", None),
        ("1_000", None),
        (" 5", None),
        ("1 2", None),
        ("٣", None),
    ],
)
def test_numbers_are_read_with_a_decimal_point(text, value):
    assert parse_numbers(pa.array([text]), POINT).to_pylist() == [value]
    assert parse_numbers(pa.array([text, "x", "1", None]), POINT).to_pylist() == [value, None, 1.0, None]


@pytest.mark.parametrize(
    ("locale", "text", "value"),
    [
        ("es_ES", "3,5", 3.5),
        ("es_ES", "1.234,5", 1234.5),
        ("es_ES", "1.234", 1234.0),
        ("es_ES", "3.5", None),
        ("de_DE", "-0,25", -0.25),
        ("fr_FR", "1 234,5", 1234.5),
        ("fr_FR", "1\u202f234", 1234.0),
        ("de_CH", "1'234.5", 1234.5),
        ("es_ES", "1,2,3", None),
    ],
)
def test_numbers_are_read_as_their_locale_writes_them(locale, text, value):
    assert parse_numbers(pa.array([text]), number_style(locale)).to_pylist() == [value]


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (3.0, None, "3"),
        (3.25, None, "3.25"),
        (1e20, None, "1e+20"),
        (3.0, DOTTED, "3.0"),
        (3.25, DOTTED, "3.25"),
        (3.0, 0, "3"),
        (3.0, 2, "3.00"),
        (2.5, 1, "2.5"),
        (1e30, 0, "1e+30"),
        (-7.0, 0, "-7"),
        (None, 1, None),
    ],
)
def test_numbers_are_written_in_the_form_asked_for(value, decimals, text):
    assert format_numbers(pa.array([value], pa.float64()), decimals).to_pylist() == [text]


@pytest.mark.parametrize(
    ("pieces", "decimals"),
    [
        ([["5.1", "3.0", "0.2"]], 1),
        ([["1", "2", None]], 0),
        ([["1.50", "2.00"]], 2),
        ([["5.1", "3.5"], ["2.25"]], None),
        ([["5.1", "3.0"], ["2.25"]], DOTTED),
        ([["1", "2"], ["3.5"]], None),
        ([["0.7739560485559633", "479.70221390614336"]], None),
        ([[None], ["-12.5"]], 1),
        ([[]], None),
        ([["1152921504606846976"]], 0),
    ],
)
def test_the_way_a_column_is_written_is_learned(pieces, decimals):
    learning = learned(*pieces)

    assert learning.is_faithful
    assert learning.decimals == decimals


@pytest.mark.parametrize(
    "pieces",
    [
        [["01"]],
        [["1", "2"], ["3.0"]],
        [["1.50"], ["2.5"]],
        [["1e5"]],
        [["1,234"]],
        [["+1"]],
        [["12345678901234567890"]],
        [["9007199254740993"]],
        [["0.50", "3"]],
    ],
)
def test_a_column_that_no_form_gives_back_is_noticed(pieces):
    assert not learned(*pieces).is_faithful


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.sampled_from(["repr", "0", "1", "3"]))
def test_what_is_learned_gives_every_text_back(values, form):
    texts = pa.array([repr(value) if form == "repr" else f"{value:.{form}f}" for value in values])
    numbers = parse_numbers(texts, POINT)
    learning = NumberFormat()

    learning.see(texts, numbers)

    if learning.is_faithful:
        assert format_numbers(numbers, learning.decimals).to_pylist() == texts.to_pylist()


@given(st.lists(st.lists(st.decimals(-1000, 1000, places=2), min_size=1), min_size=1))
def test_what_is_learned_piece_by_piece_gives_every_text_back(pieces):
    texts = [[str(value.normalize() if value != 0 else 0) for value in piece] for piece in pieces]
    learning = learned(*texts)

    if learning.is_faithful:
        together = pa.array([text for piece in texts for text in piece])
        assert format_numbers(parse_numbers(together, POINT), learning.decimals).to_pylist() == together.to_pylist()


@pytest.mark.parametrize(
    ("texts", "datatype"),
    [
        (["1", "-128"], "int8"),
        (["128"], "int16"),
        (["40000"], "int32"),
        (["5000000000"], "int64"),
        (["1.0"], "double"),
        (["1e3"], "double"),
        (["99999999999999999999"], "double"),
        ([], "double"),
    ],
)
def test_whole_numbers_have_the_smallest_type_that_holds_them(texts, datatype):
    array = pa.array(texts, pa.string())

    assert integer_type(parse_numbers(array, POINT), array) == datatype
