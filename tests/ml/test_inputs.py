import math
from typing import Any

import numpy as np
import pytest

from ml.errors import ArgumentError
from ml.fields import Field, Optype, field_id
from ml.inputs import Inputs, normalise, normalise_again, prepare_inputs, unique_names


def fields(**optypes: Optype) -> list[Field]:
    return [Field(field_id(number), name, optype, number) for number, (name, optype) in enumerate(optypes.items())]


AGE, CITY, NOTE = (Optype.NUMERIC, Optype.CATEGORICAL, Optype.TEXT)
INPUTS = prepare_inputs(fields(age=AGE, city=CITY, note=NOTE))


def with_categories(*categories: str) -> Inputs:
    return prepare_inputs(fields(city=CITY), summaries={"000000": {"categories": [[name, 1] for name in categories]}})


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ({"age": 3}, {"000000": 3}),
        ({"000000": 3.1234567}, {"000000": 3.12346}),
        ({"age": " 4.5 "}, {"000000": 4.5}),
        ({"age": "3.1234567"}, {"000000": 3.1234567}),
        ({"age": np.float64(1.0000049)}, {"000000": 1.0}),
        ({"age": np.int64(7)}, {"000000": 7.0}),
        ({"age": math.nan, "city": math.nan}, {}),
        ({"age": None, "city": "NULL", "note": ""}, {}),
        ({"city": 5, "note": 5.0}, {"000001": "5", "000002": "5.0"}),
        ({"city": True, "note": ["a", 1]}, {"000001": "True", "000002": "['a', 1]"}),
        ({"unknown": 1, "000009": "x"}, {}),
        ({"age": math.inf}, {"000000": math.inf}),
    ],
)
def test_values_are_seen_as_the_client_sees_them(sent: dict[str, Any], seen: dict[str, Any]) -> None:
    values = normalise(sent, INPUTS)

    assert values == seen
    assert [type(value) for value in values.values()] == [type(value) for value in seen.values()]


@pytest.mark.parametrize("value", ["four", True, [1], {"a": 1}, "1,5"])
def test_a_value_that_is_no_number_is_refused_with_the_key_as_sent(value: Any) -> None:
    with pytest.raises(ArgumentError, match="needs a number") as refusal:
        normalise({"age": value}, INPUTS)

    assert refusal.value.path == ("input_data", "age")


@pytest.mark.parametrize(
    ("categories", "truth", "lie"),
    [
        (("yes", "no"), None, None),
        (("true", "false"), "true", "false"),
        (("0", "1"), "1", "0"),
        (("FALSE", "2.5"), "2.5", "FALSE"),
    ],
)
def test_booleans_stand_for_the_category_that_means_them(
    categories: tuple[str, str], truth: str | None, lie: str | None
) -> None:
    inputs = with_categories(*categories)

    for value, expected in ((True, truth), (False, lie)):
        if expected is None:
            with pytest.raises(ArgumentError, match="one of the two categories"):
                normalise({"city": value}, inputs)
        else:
            assert normalise({"city": value}, inputs) == {"000000": expected}


def test_booleans_are_texts_where_there_are_not_two_categories() -> None:
    assert normalise({"city": False}, with_categories("a", "b", "c")) == {"000000": "False"}


def test_the_objective_and_fields_that_are_not_preferred_are_ignored() -> None:
    age, city, note = fields(age=AGE, city=CITY, note=NOTE)
    inputs = prepare_inputs([age, city.with_(preferred=False), note], objective=note)

    assert normalise({"age": 1, "city": "x", "note": "y", "000002": "z"}, inputs) == {"000000": 1}


def test_missing_tokens_are_those_of_the_model() -> None:
    inputs = prepare_inputs(fields(city=CITY), missing_tokens=["nothing"])

    assert normalise({"city": "nothing"}, inputs) == {}
    assert normalise({"city": "NULL"}, inputs) == {"000000": "NULL"}


@pytest.mark.parametrize(("name", "default"), [("mean", 2.33333), ("zero", 0.0), ("median", 2.0)])
def test_a_default_stands_in_for_missing_numbers(name: str, default: float) -> None:
    summaries = {"000000": {"mean": 7 / 3, "median": 2}}
    inputs = prepare_inputs(fields(age=AGE, city=CITY), summaries=summaries, default_numeric_value=name)

    assert normalise({}, inputs) == {"000000": default}
    assert normalise({"age": "?"}, inputs) == {"000000": default}
    assert normalise({"age": 9}, inputs) == {"000000": 9}


def test_repeated_names_are_told_apart_by_column_and_id() -> None:
    columns = [
        Field("000000", "x", AGE, 0),
        Field("000001", "x", AGE, 1),
        Field("000002", "x2", AGE, 2),
        Field("000003", "x", AGE, 2),
    ]

    assert unique_names(columns) == {"000000": "x", "000001": "x1", "000002": "x2", "000003": "x2_000003"}
    assert unique_names(columns, columns[1])["000000"] == "x0"
    assert unique_names(columns, columns[1])["000001"] == "x"


def test_a_name_shared_with_the_objective_is_the_objectives() -> None:
    first, second = fields(x=AGE, y=AGE)
    inputs = prepare_inputs([first], objective=second.with_(name="x"))

    assert normalise({"x": 1}, inputs) == {}
    assert normalise({"x0": 1}, inputs) == {"000000": 1}


def test_normalising_again_rounds_numbers_that_came_as_texts() -> None:
    assert normalise_again({"000000": 3.1234567, "000001": "3.1234567", "000002": 4}) == {
        "000000": 3.12346,
        "000001": "3.1234567",
        "000002": 4,
    }
