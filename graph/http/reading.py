"""A GraphQL request out of an HTTP request, after the GraphQL over HTTP specification."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request

from graph.execution.operation import OperationRequest
from graph.http.problem import HTTPProblem


async def read_request(request: Request, *, body_limit: int) -> OperationRequest:
    """The operation that a POST carries in its body or a GET in its query string.

    Raises `HTTPProblem`: 400 for what is not a GraphQL request, 413 beyond `body_limit` bytes, 415 for another
    content type than JSON in UTF-8.
    """
    if request.method == "POST":
        _check_content_type(request.headers)
        return operation_request(_decoded(await _body(request, body_limit), "The body"))
    given: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if given.get(name):
            given[name] = _decoded(given[name].encode(), f"`{name}`")
        else:
            given.pop(name, None)
    return operation_request(given)


def operation_request(given: object) -> OperationRequest:
    """An operation from decoded JSON. Raises `HTTPProblem` (400) where the members have other types than they may."""
    if isinstance(given, list):
        raise HTTPProblem(400, "Batches are not supported: send one operation a request.")
    if not isinstance(given, dict):
        raise HTTPProblem(400, "The request must be a JSON object.")
    return OperationRequest(
        query=_member(given, "query", str, "a string"),
        variables=_member(given, "variables", dict, "an object"),
        # Some clients send an empty name for none.
        operation_name=_member(given, "operationName", str, "a string") or None,
        extensions=_member(given, "extensions", dict, "an object"),
    )


def _member(given: dict[str, Any], name: str, kind: type, noun: str) -> Any:
    value = given.get(name)
    if value is not None and not isinstance(value, kind):
        raise HTTPProblem(400, f"`{name}` must be {noun} or null.")
    return value


def _check_content_type(headers: Mapping[str, str]) -> None:
    kind, *parameters = (part.strip().lower() for part in headers.get("content-type", "").split(";"))
    if kind != "application/json":
        raise HTTPProblem(415, "The body must be application/json.", headers={"accept": "application/json"})
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in {"utf-8", "utf8", "us-ascii"}:
            raise HTTPProblem(415, "The body must be encoded in UTF-8.", headers={"accept": "application/json"})
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPProblem(415, "The body must not be compressed.", headers={"accept-encoding": "identity"})


async def _body(request: Request, limit: int) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(limit: int) -> HTTPProblem:
    # The rest of the body is not read, so the connection cannot be used again.
    return HTTPProblem(413, f"The body is larger than {limit} bytes.", headers={"connection": "close"})


def _decoded(text: bytes, noun: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise HTTPProblem(400, f"{noun} must be valid JSON.") from None
