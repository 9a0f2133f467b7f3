"""Who is on the other side: where the context of a request comes from, and which pages may open a socket."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket
from strawberry.http.websocket_origin import is_same_origin, normalize_origin

from graph.http.socket_messages import BAD_REQUEST, SocketClosed

#: Makes the context of one operation from its connection, where `headers` hold the credentials. A domain error that it
#: raises (such as `Unauthenticated`) is answered with the status that belongs to it.
ContextSource = Callable[[HTTPConnection], Awaitable[Any]]


def with_authorization(websocket: WebSocket, payload: Mapping[str, Any]) -> HTTPConnection:
    """The connection with the credentials of `connection_init` as its Authorization header, where there are any.

    Browsers cannot set headers of a WebSocket, so clients put them into the payload as `Authorization` or
    `authorization`. Raises `SocketClosed` for what could not stand in a header.
    """
    given = next((payload[name] for name in ("Authorization", "authorization") if payload.get(name)), None)
    if given is None:
        return websocket
    if not isinstance(given, str) or not given.isascii() or not given.isprintable():
        raise SocketClosed(BAD_REQUEST, "The authorization of connection_init must be text as in a header.")
    headers = [(name, value) for name, value in websocket.scope["headers"] if name != b"authorization"]
    return HTTPConnection({**websocket.scope, "headers": [*headers, (b"authorization", given.encode())]})


def may_open_socket(websocket: WebSocket, allowed_origins: frozenset[str]) -> bool:
    """Whether the page behind a handshake is ours or an allowed one; clients that are no browsers send no origin.

    Browsers do not apply the same-origin policy to WebSockets, so the server has to.
    """
    origin = websocket.headers.get("origin")
    if origin is None or "*" in allowed_origins or is_same_origin(origin, websocket.headers.get("host")):
        return True
    return normalize_origin(origin) in allowed_origins
