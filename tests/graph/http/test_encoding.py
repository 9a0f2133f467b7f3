"""JSON of whatever an answer holds."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import orjson
import pytest
from graphql import GraphQLError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from graph.http.encoding import encode_json, response_body


@dataclass
class Point:
    x: int


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"a": [1, 2.5, None, True, "ü"]}, '{"a":[1,2.5,null,true,"ü"]}', id="ordinary"),
        pytest.param([math.nan, math.inf, -math.inf], "[null,null,null]", id="no numbers"),
        pytest.param({"raw": orjson.Fragment(b'{"b": 1}')}, '{"raw":{"b": 1}}', id="serialised before"),
        pytest.param({1: "a", None: "b"}, '{"1":"a","null":"b"}', id="keys that are no strings"),
        pytest.param({"a": np.array([1.5, 2.0]), "b": np.int64(3)}, '{"a":[1.5,2.0],"b":3}', id="numpy"),
        pytest.param(datetime(2024, 1, 2, tzinfo=UTC), '"2024-01-02T00:00:00+00:00"', id="date"),
        pytest.param(UUID(int=1), '"00000000-0000-0000-0000-000000000001"', id="UUID"),
        pytest.param(Point(3), '{"x":3}', id="dataclass"),
        pytest.param([2**70], "[1180591620717411303424]", id="beyond 64 bits"),
        pytest.param({"a": 2**70, "b": math.nan}, '{"a":1180591620717411303424,"b":null}', id="and no numbers"),
        pytest.param(
            {"a": 2**70, "raw": orjson.Fragment(b"[1, 2]")},
            '{"a":1180591620717411303424,"raw":[1,2]}',
            id="and serialised before",
        ),
        pytest.param(["\ud800"], '["\\ud800"]', id="half a character"),
        pytest.param((2**70, {5: Point(1)}), '[1180591620717411303424,{"5":{"x":1}}]', id="all of it"),
    ],
)
def test_values_have_their_json(value: Any, text: str) -> None:
    encoded = encode_json(value).decode()

    assert encoded == text
    json.loads(encoded)


def test_what_has_no_json_is_an_error() -> None:
    with pytest.raises(TypeError):
        encode_json({"a": object()})


def test_answers_have_data_and_refusals_have_none() -> None:
    error = GraphQLError("No.")

    assert response_body(ExecutionResult({"a": 1}, None, {})) == {"data": {"a": 1}}
    assert response_body(ExecutionResult(None, [error], {"cost": 1})) == {
        "errors": [{"message": "No."}],
        "data": None,
        "extensions": {"cost": 1},
    }
    assert response_body(PreExecutionError(None, [error])) == {"errors": [{"message": "No."}]}
