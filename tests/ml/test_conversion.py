import pyarrow as pa
import pytest

from ml.conversion import FieldErrors, conversion, lacks_text
from ml.fields import Field, Optype
from ml.reading import ParserOptions


def converted(optype: Optype, *pieces, options: ParserOptions | None = None, **field):
    part = conversion(Field("000000", "f", optype, 0, **field), options or ParserOptions())
    return part, [part.convert(pa.array(piece, pa.string()))["000000"].to_pylist() for piece in pieces]


@pytest.mark.parametrize(
    ("optype", "values"),
    [
        (Optype.NUMERIC, [1.5, None, None, 2.0]),
        (Optype.CATEGORICAL, ["1.5", None, "x", "2"]),
        (Optype.TEXT, ["1.5", None, "x", "2"]),
        (Optype.ITEMS, ["1.5", None, "x", "2"]),
        (Optype.DATETIME, [None, None, None, None]),
    ],
)
def test_texts_become_what_the_field_is(optype, values):
    assert converted(optype, [" 1.5", "NA", "x", "2"])[1] == [values]


def test_errors_show_the_most_frequent_texts():
    texts = [f"bad{number}" for number in range(3000)] + ["worse"] * 5

    part, _ = converted(Optype.NUMERIC, texts, texts)

    assert part.errors is not None
    assert part.errors.total == 6010
    assert len(part.errors.sample) == 10


def test_errors_show_no_more_than_the_beginning_of_a_text():
    part, _ = converted(Optype.NUMERIC, ["x" * 1000])

    assert part.errors == FieldErrors(1, [("x" * 128, 1)])


def test_without_errors_there_are_none():
    assert converted(Optype.NUMERIC, ["1", "NA"])[0].errors is None


def test_what_is_marked_as_missing_is_not_looked_for_again():
    part = conversion(Field("000000", "f", Optype.TEXT, 0), ParserOptions())
    part.read_with(ParserOptions(), are_marked=True)

    assert part.convert(pa.array(["NA", None]))["000000"].to_pylist() == ["NA", None]
    assert part.convert(pa.array(["x ", "NA "]))["000000"].to_pylist() == ["x", None]


def test_a_number_that_needs_its_text_late_is_noticed():
    part, _ = converted(Optype.NUMERIC, ["1.5"])
    assert list(part.schema) == ["000000"]

    part.convert(pa.array(["2.50"]))

    assert lacks_text([part], ["000000"]) == {"000000"}
    assert lacks_text([part], ["000000", "000000#text"]) == set()
    assert list(part.schema) == ["000000", "000000#text"]


def test_numbers_of_typed_files_keep_what_is_finite():
    part = conversion(Field("000000", "f", Optype.NUMERIC, 0), ParserOptions())

    found = part.convert(pa.array([1.0, float("nan"), float("-inf"), None]))

    assert found["000000"].to_pylist() == [1.0, None, None, None]
    assert part.errors == FieldErrors(1, [("-inf", 1)])
    assert part.settled[0].decimals is None


def test_numbers_of_typed_files_can_be_classes():
    part = conversion(Field("000000", "f", Optype.CATEGORICAL, 0), ParserOptions())

    assert part.convert(pa.array([1.0, 2.5, None]))["000000"].to_pylist() == ["1", "2.5", None]
