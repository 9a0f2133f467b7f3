"""Limits on the shape of a document are found before it is validated."""

import time

import pytest
from graphql import parse

from graph.execution.limits import Limits, shape_errors


def exceeded(text: str, **limits: int) -> dict[str, tuple[int, int]]:
    errors = shape_errors(parse(text), Limits(**limits))  # type: ignore[arg-type]  # all of them are integers
    return {error.extensions["limit"]: (error.extensions["requested"], error.extensions["allowed"]) for error in errors}


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        pytest.param("{ a }", 1, id="one field"),
        pytest.param("{ a { b { c } } d }", 3, id="the longest path counts"),
        pytest.param("{ a { ... { ... on B { c } } } }", 2, id="inline fragments are no level"),
        pytest.param("{ a { ...F } } fragment F on A { b { c } }", 3, id="fragments are part of the path"),
        pytest.param("{ __schema { types { fields { type { name } } } } }", 1, id="introspection is exempt"),
        pytest.param("query A { a } query B { a { b } }", 2, id="the deepest operation counts"),
    ],
)
def test_depth_counts_levels_of_fields(text: str, depth: int) -> None:
    assert exceeded(text, depth=depth) == {}
    assert exceeded(text, depth=depth - 1) == {"depth": (depth, depth - 1)}


@pytest.mark.parametrize(
    ("text", "aliases"),
    [
        pytest.param("{ a: x b: x c: x { d: y } }", 4, id="at all levels"),
        pytest.param("{ ...F ...F } fragment F on A { a: x b: x }", 4, id="each time a fragment is spread"),
        pytest.param("{ __schema { a: types { name } b: types { name } } }", 2, id="in introspection too"),
    ],
)
def test_aliases_are_counted(text: str, aliases: int) -> None:
    assert exceeded(text, aliases=aliases) == {}
    assert exceeded(text, aliases=aliases - 1) == {"aliases": (aliases, aliases - 1)}


def test_fields_at_the_root_are_counted_through_fragments() -> None:
    text = "{ a ...F ... { b } } fragment F on Query { c d }"

    assert exceeded(text, root_fields=4) == {}
    assert exceeded(text, root_fields=3) == {"rootFields": (4, 3)}


def test_one_name_may_not_be_selected_too_often() -> None:
    text = "{ a { x { i } } a { x(y: 1) } x { i } i i i i }"

    assert exceeded(text, repeated_fields=3) == {}
    assert exceeded(text, repeated_fields=2) == {"repeatedFields": (3, 2)}


def test_each_limit_has_its_error() -> None:
    assert set(exceeded("{ a: b { c } d: b { c } }", depth=1, aliases=1, root_fields=1, repeated_fields=0)) == {
        "depth",
        "aliases",
        "rootFields",
        "repeatedFields",
    }


def test_the_error_says_how_much_is_allowed() -> None:
    [error] = shape_errors(parse("{ a { b } }"), Limits(depth=1))

    assert error.formatted == {
        "message": "The document has 2 levels of fields; 1 are allowed.",
        "extensions": {"code": "QUERY_TOO_COMPLEX", "limit": "depth", "requested": 2, "allowed": 1},
    }


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{ ...A } fragment A on Q { a { ...A } }", id="a fragment in itself"),
        pytest.param("{ ...A } fragment A on Q { ...B } fragment B on Q { ...A }", id="a circle of fragments"),
        pytest.param("{ ...Missing }", id="a fragment that is not there"),
    ],
)
def test_circles_and_gaps_are_left_to_validation(text: str) -> None:
    assert exceeded(text) == {}


def test_nested_spreads_are_measured_in_proportion_to_their_text() -> None:
    text = "{ ...F0 }" + "".join(f" fragment F{i} on A {{ a: x b: x ...F{i + 1} ...F{i + 1} }}" for i in range(60))
    began = time.perf_counter()

    found = exceeded(text + " fragment F60 on A { a: x }")

    assert found["aliases"][0] > 2**60
    assert time.perf_counter() - began < 1
