"""Conventions of BigML.io that all its resource types share: query strings, credentials, ids, moments, JSON answers.

Source: BigML.io API documentation, overview and requests; where it is silent, what its Python bindings send and expect.
"""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

import orjson
from starlette.requests import Request
from starlette.responses import Response

from graph.context import Context, Services
from graph.rest.arguments import Path, Reader
from graph.rest.dialect import Query
from models.errors import InvalidInput, Unauthenticated

MEDIA_TYPE = "application/json; charset=utf-8"
DIGITS = re.compile(r"[0-9a-f]{24}")
HASH = re.compile(r"[A-Za-z0-9]{24,30}")
PAGING = frozenset({"limit", "offset", "order_by"})
"""Parameters whose values cannot hold a semicolon: clients that encode it mean a separator."""
TRUE_WORDS = frozenset({"true", "yes", "1"})
FALSE_WORDS = frozenset({"false", "no", "0"})


class BadId(InvalidInput):
    """A text that should be an id does not have the form of one."""


def parse_query(text: str) -> Query:
    """The pairs of a query string: separated by `&` or `;`, empty ones ignored, of a repeated name the last."""
    pairs: dict[str, str] = {}
    waiting = re.split("[&;]", text)[::-1]
    while waiting:
        name, equals, value = waiting.pop().partition("=")
        name, value = unquote_plus(name), unquote_plus(value)
        if name in PAGING and ";" in value:
            value, _, rest = value.partition(";")
            waiting.extend(rest.split(";")[::-1])
        if name and equals:
            pairs[name] = value
    return pairs


async def identify(services: Services, _request: Request, query: Query) -> Context:
    """The context of a caller who gives `username` and `api_key` in the query string; anonymous without them."""
    username, key = query.get("username"), query.get("api_key")
    if not username and not key:
        return Context(services)
    if not key:
        raise Unauthenticated("the api_key is missing")
    return Context(services, await services.directory.identify(key, username or None))


def flag(query: Query, name: str, *, default: bool) -> bool:
    """A yes or no of a query string. Raises InvalidInput for anything else."""
    word = query.get(name, "").lower()
    if not word:
        return default
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise InvalidInput("must be true or false", (name,))
    return word in TRUE_WORDS


def integer(query: Query, name: str, *, default: int, low: int, high: int | None = None) -> int:
    """A whole number of a query string, within bounds. Raises InvalidInput."""
    text = query.get(name, "").strip()
    if not text:
        return default
    try:
        value = int(text)
    except ValueError as problem:
        raise InvalidInput("must be an integer", (name,)) from problem
    if value < low or (high is not None and value > high):
        raise InvalidInput(
            f"must be at least {low}" if high is None else f"must be an integer from {low} to {high}", (name,)
        )
    return value


def full_id(kind: str, digits: str) -> str:
    """The id of a resource from the last part of its address. Raises BadId."""
    if not DIGITS.fullmatch(digits):
        raise BadId(f"{digits!r} is not the id of a {kind}", ("id",))
    return f"{kind}/{digits}"


def reference(*kinds: str) -> Reader:
    """An id of one of these types; in front of it may stand `public/`."""

    def read(value: Any, path: Path) -> str:
        id = value.removeprefix("public/") if isinstance(value, str) else ""
        kind, _, digits = id.partition("/")
        if kind not in kinds or not DIGITS.fullmatch(digits):
            raise BadId(f"must be the id of a {' or '.join(kinds)}", path)
        return id

    return read


def pure(id: str | None) -> str:
    """An id without its type; empty for none."""
    return "" if id is None else id.partition("/")[2]


def moment(value: dt.datetime) -> str:
    """A moment as BigML writes it: UTC, microseconds, no zone."""
    return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def dumps(document: Any) -> bytes:
    """A document as JSON in UTF-8."""
    return orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS)


def answer(
    document: Mapping[str, Any] | bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A document as an answer."""
    body = document if isinstance(document, bytes) else dumps(document)
    return Response(body, status, headers, MEDIA_TYPE)
