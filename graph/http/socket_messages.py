"""The messages of the graphql-transport-ws protocol that a client may send, read and checked."""

from dataclasses import dataclass
from typing import Any

import orjson

from graph.execution.operation import OperationRequest
from graph.http.problem import HTTPProblem
from graph.http.reading import operation_request

PROTOCOL = "graphql-transport-ws"

#: Close codes of the protocol.
BAD_REQUEST = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
SUBPROTOCOL_NOT_ACCEPTABLE = 4406
INITIALISATION_TIMEOUT = 4408
SUBSCRIBER_EXISTS = 4409
TOO_MANY_INITIALISATIONS = 4429
INTERNAL_ERROR = 4500
#: Close codes of WebSocket itself.
GOING_AWAY = 1001
POLICY_VIOLATION = 1008
MESSAGE_TOO_BIG = 1009


class SocketClosed(Exception):
    """The connection has to be closed with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        # A close frame has room for 123 bytes.
        self.reason = reason.encode()[:123].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Initialise:
    """`connection_init`: the client introduces itself."""

    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    """`ping`: wants a `pong`."""


@dataclass(frozen=True, slots=True)
class Pong:
    """`pong`: nothing to do."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """`subscribe`: an operation of any kind, under an id the client chose."""

    id: str
    request: OperationRequest


@dataclass(frozen=True, slots=True)
class Complete:
    """`complete`: the client wants no more of that operation."""

    id: str


Message = Initialise | Ping | Pong | Subscribe | Complete


def read_message(text: str) -> Message:
    """The message in a text frame. Raises `SocketClosed` with the code that the protocol has for bad ones."""
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise SocketClosed(BAD_REQUEST, "A message must be valid JSON.") from None
    if not isinstance(message, dict):
        raise SocketClosed(BAD_REQUEST, "A message must be a JSON object.")
    match message.get("type"):
        case "connection_init":
            payload = message.get("payload") or {}
            if not isinstance(payload, dict):
                raise SocketClosed(BAD_REQUEST, "The payload of connection_init must be an object.")
            return Initialise(payload)
        case "ping":
            return Ping()
        case "pong":
            return Pong()
        case "subscribe":
            return Subscribe(_id(message), _request(message))
        case "complete":
            return Complete(_id(message))
        case _:
            raise SocketClosed(BAD_REQUEST, "Unknown message type.")


def _id(message: dict[str, Any]) -> str:
    identifier = message.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise SocketClosed(BAD_REQUEST, "The message must have an id.")
    return identifier


def _request(message: dict[str, Any]) -> OperationRequest:
    try:
        return operation_request(message.get("payload"))
    except HTTPProblem as problem:
        raise SocketClosed(BAD_REQUEST, str(problem)) from None
