"""Clients see deliberate errors; of others they see an id, which the log has too."""

import logging
from typing import Any

import pytest
from graphql import GraphQLError, located_error, parse

from graph.execution import ErrorCode, PublicError
from graph.execution.masking import MASKED_MESSAGE, public_error, public_errors
from models.errors import (
    Conflict,
    InvalidInput,
    LimitReached,
    NotFound,
    NotPermitted,
    ResourceError,
    Unauthenticated,
    Unavailable,
)

FIELD = parse("{ a }").definitions[0].selection_set.selections[0]  # type: ignore[attr-defined]  # one operation


def at_field(exception: Exception) -> GraphQLError:
    return located_error(exception, [FIELD], ["a", 0])


def formatted(error: GraphQLError) -> dict[str, Any]:
    return dict(public_errors([error])[0].formatted)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (NotFound, "NOT_FOUND"),
        (InvalidInput, "BAD_USER_INPUT"),
        (Conflict, "CONFLICT"),
        (NotPermitted, "FORBIDDEN"),
        (Unauthenticated, "UNAUTHENTICATED"),
        (LimitReached, "LIMIT_REACHED"),
        (Unavailable, "UNAVAILABLE"),
    ],
)
def test_domain_errors_pass_with_their_code_and_path(
    kind: type[ResourceError], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert formatted(at_field(kind("What went wrong.", ("input", 2)))) == {
        "message": "What went wrong.",
        "locations": [{"line": 1, "column": 3}],
        "path": ["a", 0],
        "extensions": {"code": code, "path": ["input", 2]},
    }
    assert not caplog.records


def test_public_errors_pass_as_they_are(caplog: pytest.LogCaptureFixture) -> None:
    error = PublicError("Later.", code=ErrorCode.UNAVAILABLE, retryAfter=3)

    assert formatted(at_field(error)) == {
        "message": "Later.",
        "locations": [{"line": 1, "column": 3}],
        "path": ["a", 0],
        "extensions": {"code": "UNAVAILABLE", "retryAfter": 3},
    }
    assert not caplog.records


@pytest.mark.parametrize(
    "exception",
    [
        pytest.param(RuntimeError("password 123"), id="any exception"),
        pytest.param(GraphQLError("Int cannot represent value: password 123"), id="a value that does not fit"),
        pytest.param(GraphQLError("password 123", nodes=[FIELD]), id="an object of the wrong type"),
    ],
)
def test_anything_else_is_masked_and_logged(exception: Exception, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        found = formatted(at_field(exception))

    [record] = caplog.records
    assert found == {
        "message": MASKED_MESSAGE,
        "locations": [{"line": 1, "column": 3}],
        "path": ["a", 0],
        "extensions": {"code": "INTERNAL", "id": found["extensions"]["id"]},
    }
    assert record.levelname == "ERROR"
    assert found["extensions"]["id"] in record.getMessage()
    assert record.exc_info[1] is exception


def test_an_exception_outside_of_fields_is_masked_too(caplog: pytest.LogCaptureFixture) -> None:
    found = public_error(RuntimeError("password 123")).formatted

    assert found == {"message": MASKED_MESSAGE, "extensions": {"code": "INTERNAL", "id": found["extensions"]["id"]}}
    assert len(caplog.records) == 1


def test_a_domain_error_outside_of_fields_passes(caplog: pytest.LogCaptureFixture) -> None:
    assert public_error(Unauthenticated("Who are you?")).formatted == {
        "message": "Who are you?",
        "extensions": {"code": "UNAUTHENTICATED"},
    }
    assert not caplog.records


def test_errors_about_values_of_the_request_are_the_clients_mistakes(caplog: pytest.LogCaptureFixture) -> None:
    value = parse("{ a(x: 1) }").definitions[0].selection_set.selections[0].arguments[0].value  # type: ignore[attr-defined]  # one argument

    found = formatted(at_field(GraphQLError("Argument 'x' has invalid value: 1.", nodes=[value])))

    assert found["message"] == "Argument 'x' has invalid value: 1."
    assert found["extensions"] == {"code": "BAD_USER_INPUT"}
    assert not caplog.records
