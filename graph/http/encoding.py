"""Answers as JSON text: fast for what is ordinary, and whole for what is not."""

import json
from math import isfinite
from typing import Any

import orjson
from graphql import GraphQLError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


def encode_json(data: Any) -> bytes:
    """JSON of anything an answer may hold; NaN and infinities are null, `orjson.Fragment` goes in as it is.

    Raises `TypeError` for values that have no JSON at all.
    """
    try:
        return orjson.dumps(data)
    except TypeError:
        pass
    try:
        return orjson.dumps(data, option=_OPTIONS)
    except TypeError:
        # Integers beyond 64 bits and lone surrogates: rare, but data has them.
        return json.dumps(_plain(data), ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()


def response_body(result: ExecutionResult) -> dict[str, Any]:
    """The members of a GraphQL response; what was refused before execution has no `data` at all."""
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = formatted(result.errors)
    if not isinstance(result, PreExecutionError):
        body["data"] = result.data
    if result.extensions:
        body["extensions"] = result.extensions
    return body


def formatted(errors: list[GraphQLError]) -> list[Any]:
    """Errors as they stand in a response."""
    return [error.formatted for error in errors]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    return json.loads(orjson.dumps(value, option=_OPTIONS))
