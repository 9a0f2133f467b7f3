"""What a REST dialect is: where it answers, how it knows its callers, how it tells of errors, and its endpoints.

A dialect decides how things are spelled and nothing else. Whatever touches data is a call into the resolvers.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from graph.context import Context, Services
from models.errors import InvalidInput, LimitReached, ResourceError

Query = Mapping[str, str]
"""The pairs of a query string; of a name that is given twice, the last value."""

Document = dict[str, Any]
"""A JSON object, as clients send it or get it."""


class WrongMethod(ResourceError):
    """There is something at this address, but it cannot be done to it."""

    code = "WRONG_METHOD"

    def __init__(self, method: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"{method} is not possible here, only {' or '.join(allowed)}")
        self.allowed = allowed


class Unexpected(ResourceError):
    """The server has a fault; its log says more under the same reference."""

    code = "INTERNAL"

    def __init__(self, reference: str) -> None:
        super().__init__(f"the server failed unexpectedly; its log has the details under {reference}")
        self.reference = reference


class BadBody(InvalidInput):
    """The body of a request cannot be read."""


@dataclass(eq=False, slots=True)
class Call:
    """One request to an endpoint: who asks, with what in the path and in the query string."""

    request: Request
    context: Context
    query: Query
    path: Mapping[str, str] = field(default_factory=dict)
    _body: bytes | None = None

    @property
    def method(self) -> str:
        """The HTTP method, in capitals."""
        return self.request.method

    async def body(self) -> bytes:
        """The whole body. Raises LimitReached beyond what the server allows for bodies that are no uploads."""
        if self._body is None:
            self._body = await self._read()
        return self._body

    async def _read(self) -> bytes:
        limit = self.context.services.settings.body_limit_bytes
        announced = self.request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > limit:
            raise LimitReached(f"a body may have {limit} bytes at most", ("body",))
        chunks, size = [], 0
        try:
            async for chunk in self.request.stream():
                size += len(chunk)
                if size > limit:
                    raise LimitReached(f"a body may have {limit} bytes at most", ("body",))
                chunks.append(chunk)
        except ClientDisconnect as problem:
            raise BadBody("the connection broke off in the middle of the body", ("body",)) from problem
        return b"".join(chunks)

    async def document(self) -> Document:
        """The JSON object in the body; an empty body counts as an empty object. Raises BadBody for anything else."""
        body = await self.body()
        if not body.strip():
            return {}
        try:
            found = orjson.loads(body)
        except orjson.JSONDecodeError as problem:
            raise BadBody("the body is not valid JSON", ("body",)) from problem
        if not isinstance(found, dict):
            raise BadBody("the body must be a JSON object", ("body",))
        return found


Action = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a query string, for the description of the endpoint."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What can be done at one address.

    `path` is relative to the prefixes of the dialect; `{name}` stands for one segment. `is_open` lets callers without
    credentials in. `status` is that of a success.
    """

    method: str
    path: str
    action: Action
    summary: str
    parameters: tuple[Parameter, ...] = ()
    is_open: bool = False
    status: int = 200


def plain_query(text: str) -> Query:
    """The pairs of an ordinary query string."""
    return dict(parse_qsl(text, keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Dialect:
    """One vendor's REST interface.

    `identify` makes the context of a request from wherever the vendor has the credentials; it raises Unauthenticated
    for wrong ones. `error` is the only place that turns a problem into an answer. `reserved` are paths that belong to
    the dialect although nothing is there: they answer its 404, whatever the method.
    """

    name: str
    title: str
    prefixes: tuple[str, ...]
    identify: Callable[[Services, Request, Query], Awaitable[Context]]
    error: Callable[[ResourceError, Request], Response]
    endpoints: tuple[Endpoint, ...]
    reserved: tuple[str, ...] = ()
    parse_query: Callable[[str], Query] = plain_query
