"""Finds the endpoint of a request among all dialects, by one look-up a path segment."""

import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.context import Services
from graph.rest.dialect import Call, Dialect, Endpoint, Unexpected, WrongMethod
from models.errors import NotFound, ResourceError

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Place:
    """A point in the tree of paths: what follows it, whose it is, and what can be done there."""

    following: dict[str, "Place"] = field(default_factory=dict)
    any: "Place | None" = None
    dialect: Dialect | None = None
    endpoints: dict[str, tuple[Endpoint, tuple[str, ...]]] = field(default_factory=dict)

    def next(self, segment: str) -> "Place":
        """The place behind a segment of an endpoint's path, made if it is not there yet."""
        if segment.startswith("{"):
            self.any = self.any or Place()
            return self.any
        return self.following.setdefault(segment, Place())


@dataclass(frozen=True, slots=True)
class Match:
    """What a path leads to: the place if there is one, what stood for its variables, and whose paths these are."""

    place: Place | None
    values: tuple[str, ...]
    dialect: Dialect | None


class Router:
    """An ASGI application that answers for all dialects; what belongs to none of them goes on to another one.

    Repeated slashes and a slash at the end make no difference, and nothing is ever redirected. Raises ValueError when
    two endpoints claim one method of one path.
    """

    def __init__(self, fallback: ASGIApp, *, services: Services, dialects: Iterable[Dialect]) -> None:
        self._fallback = fallback
        self._services = services
        self._root = Place()
        for dialect in dialects:
            for prefix in dialect.prefixes:
                for path in dialect.reserved:
                    self._claim(dialect, segments(prefix) + segments(path))
                for endpoint in dialect.endpoints:
                    self._add(dialect, endpoint, segments(prefix) + segments(endpoint.path))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        match = self._find(scope["path"]) if scope["type"] == "http" else Match(None, (), None)
        if match.dialect is None:
            await self._fallback(scope, receive, send)
            return
        response = await self._answer(match.dialect, match, Request(scope, receive))
        await response(scope, receive, send)

    def _claim(self, dialect: Dialect, path: list[str]) -> Place:
        place = self._root
        for segment in path:
            place = place.next(segment)
            place.dialect = place.dialect or dialect
        return place

    def _add(self, dialect: Dialect, endpoint: Endpoint, path: list[str]) -> None:
        place = self._claim(dialect, path)
        if endpoint.method in place.endpoints:
            raise ValueError(f"{endpoint.method} /{'/'.join(path)} is there twice")
        names = tuple(segment.strip("{}") for segment in path if segment.startswith("{"))
        place.dialect = dialect
        place.endpoints[endpoint.method] = endpoint, names

    def _find(self, path: str) -> Match:
        owner: Dialect | None = None

        def walk(place: Place, rest: list[str], values: tuple[str, ...]) -> Match | None:
            nonlocal owner
            owner = place.dialect or owner
            if not rest:
                return Match(place, values, place.dialect) if place.endpoints else None
            known = place.following.get(rest[0])
            found = walk(known, rest[1:], values) if known is not None else None
            if found is None and place.any is not None:
                found = walk(place.any, rest[1:], (*values, rest[0]))
            return found

        return walk(self._root, segments(path), ()) or Match(None, (), owner)

    async def _answer(self, dialect: Dialect, match: Match, request: Request) -> Response:
        try:
            if match.place is None:
                raise NotFound(f"there is nothing at {request.scope['path']}")
            endpoint, names = _chosen(match.place, request.method)
            query = dialect.parse_query(request.scope["query_string"].decode("latin-1"))
            context = await dialect.identify(self._services, request, query)
            if not endpoint.is_open:
                _ = context.caller
            return await endpoint.action(Call(request, context, query, dict(zip(names, match.values, strict=True))))
        except ResourceError as problem:
            return dialect.error(problem, request)
        except Exception:
            reference = secrets.token_hex(8)
            path = request.scope["path"]
            log.exception("%s: %s %s failed, reference %s", dialect.name, request.method, path, reference)
            return dialect.error(Unexpected(reference), request)


def segments(path: str) -> list[str]:
    """The parts of a path between its slashes; empty ones do not count."""
    return [segment for segment in path.split("/") if segment]


def _chosen(place: Place, method: str) -> tuple[Endpoint, tuple[str, ...]]:
    found = place.endpoints.get("GET" if method == "HEAD" else method)
    if found is None:
        raise WrongMethod(method, tuple(sorted(place.endpoints)))
    return found
