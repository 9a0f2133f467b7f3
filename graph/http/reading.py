"""A GraphQL request out of an HTTP request, after the GraphQL over HTTP specification."""

from functools import lru_cache
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
        headers = request.headers
        unreadable = _unreadable(headers.get("content-type", ""), headers.get("content-encoding", ""))
        if unreadable is not None:
            message, name, value = unreadable
            raise HTTPProblem(415, message, headers={name: value})
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


@lru_cache(maxsize=64)
def _unreadable(content_type: str, content_encoding: str) -> tuple[str, str, str] | None:
    """Why a body of this type and encoding is not read, and the header that says what would be."""
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if kind != "application/json":
        return "The body must be application/json.", "accept", "application/json"
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in {"utf-8", "utf8", "us-ascii"}:
            return "The body must be encoded in UTF-8.", "accept", "application/json"
    if content_encoding.lower() not in {"", "identity"}:
        return "The body must not be compressed.", "accept-encoding", "identity"
    return None


async def _body(request: Request, limit: int) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    # Straight from the server: the stream of the request keeps the body in a second place.
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise HTTPProblem(400, "The client left before its request was complete.")
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            raise _too_large(limit)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit: int) -> HTTPProblem:
    # The rest of the body is not read, so the connection cannot be used again.
    return HTTPProblem(413, f"The body is larger than {limit} bytes.", headers={"connection": "close"})


def _decoded(text: bytes, noun: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise HTTPProblem(400, f"{noun} must be valid JSON.") from None
