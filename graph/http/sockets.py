"""Operations over a WebSocket, in the graphql-transport-ws protocol and no other."""

import asyncio
from collections.abc import Iterable
from contextlib import aclosing
from typing import Any

from graphql import GraphQLError
from starlette.requests import HTTPConnection
from starlette.types import Message as Frame
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.types.execution import PreExecutionError

from graph.execution.errors import ErrorCode, PublicError, RequestRefused
from graph.execution.masking import public_error
from graph.execution.operation import OperationRequest
from graph.execution.schema import GraphSchema
from graph.http.access import ContextSource, with_authorization
from graph.http.encoding import encode_json, formatted, response_body
from graph.http.socket_messages import (
    BAD_REQUEST,
    FORBIDDEN,
    GOING_AWAY,
    INITIALISATION_TIMEOUT,
    INTERNAL_ERROR,
    MESSAGE_TOO_BIG,
    PROTOCOL,
    SUBPROTOCOL_NOT_ACCEPTABLE,
    SUBSCRIBER_EXISTS,
    TOO_MANY_INITIALISATIONS,
    UNAUTHORIZED,
    Complete,
    Initialise,
    Message,
    Ping,
    Pong,
    SocketClosed,
    Subscribe,
    read_message,
)
from graph.http.streams import OpenStreams
from graph.http.tasks import finish
from models.errors import ResourceError


class Socket:
    """One connection: its introduction, its operations, its end.

    Each operation has a context of its own, made anew from the connection, so that nothing loaded for one is served
    to the next. An operation ends at once when the client completes it or leaves.
    """

    def __init__(
        self,
        websocket: WebSocket,
        schema: GraphSchema,
        *,
        get_context: ContextSource,
        operations: int,
        initialisation_seconds: float,
        message_limit: int,
    ) -> None:
        self._websocket = websocket
        self._schema = schema
        self._get_context = get_context
        self._most_operations = operations
        self._initialisation_seconds = initialisation_seconds
        self._message_limit = message_limit
        self._connection: HTTPConnection = websocket
        self._initialised = asyncio.Event()
        self._acknowledged = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def serve(self, open_streams: OpenStreams) -> None:
        """Accept the connection and serve it until either side ends it."""
        if PROTOCOL not in self._websocket.scope.get("subprotocols", ()):
            await self._websocket.accept()
            await self._websocket.close(SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable")
            return
        await self._websocket.accept(PROTOCOL)
        with open_streams.one() as stop:
            tasks: list[asyncio.Task[Any]] = [
                asyncio.create_task(self._read_all()),
                asyncio.create_task(self._await_initialisation()),
                asyncio.create_task(_raise_when(stop)),
            ]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
                await self._close_for([task.exception() for task in done])
            finally:
                await finish([*tasks, *self._ending])

    async def _close_for(self, reasons: Iterable[BaseException | None]) -> None:
        for reason in reasons:
            if isinstance(reason, SocketClosed) and self._is_open:
                await self._websocket.close(reason.code, reason.reason)
            elif reason is not None and not isinstance(reason, SocketClosed | WebSocketDisconnect):
                raise reason

    @property
    def _is_open(self) -> bool:
        return self._websocket.application_state is WebSocketState.CONNECTED

    async def _await_initialisation(self) -> None:
        try:
            await asyncio.wait_for(self._initialised.wait(), self._initialisation_seconds)
        except TimeoutError:
            raise SocketClosed(INITIALISATION_TIMEOUT, "Connection initialisation timeout") from None

    async def _read_all(self) -> None:
        while True:
            text = _text(await self._websocket.receive())
            if len(text) > self._message_limit:
                raise SocketClosed(MESSAGE_TOO_BIG, f"A message is larger than {self._message_limit} characters.")
            await self._handle(read_message(text))

    async def _handle(self, message: Message) -> None:
        match message:
            case Initialise(payload):
                await self._initialise(payload)
            case Ping():
                await self._send({"type": "pong"})
            case Pong():
                pass
            case Subscribe(identifier, request):
                await self._subscribe(identifier, request)
            case Complete(identifier):
                task = self._operations.pop(identifier, None)
                if task is not None:
                    task.cancel()

    async def _initialise(self, payload: dict[str, Any]) -> None:
        if self._initialised.is_set():
            raise SocketClosed(TOO_MANY_INITIALISATIONS, "Too many initialisation requests")
        self._initialised.set()
        self._connection = with_authorization(self._websocket, payload)
        try:
            await self._get_context(self._connection)
        except ResourceError as error:
            raise SocketClosed(FORBIDDEN, error.message) from None
        except Exception as exception:
            raise SocketClosed(INTERNAL_ERROR, public_error(exception).message) from None
        self._acknowledged = True
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, identifier: str, request: OperationRequest) -> None:
        if not self._acknowledged:
            raise SocketClosed(UNAUTHORIZED, "Unauthorized")
        if identifier in self._operations:
            raise SocketClosed(SUBSCRIBER_EXISTS, f"Subscriber for {identifier} already exists")
        if len(self._operations) >= self._most_operations:
            message = f"A connection may have {self._most_operations} operations at a time."
            await self._send_errors(identifier, [PublicError(message, code=ErrorCode.LIMIT_REACHED)])
            return
        task = asyncio.create_task(self._operate(identifier, request))
        self._operations[identifier] = task
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _operate(self, identifier: str, request: OperationRequest) -> None:
        """Run one operation and send what it gives; its id is free again before the last message goes out."""
        task = asyncio.current_task()
        try:
            errors = await self._send_results(identifier, request)
        except RequestRefused as refusal:
            errors = refusal.errors
        except WebSocketDisconnect:
            return
        except Exception as exception:
            errors = [public_error(exception)]
        finally:
            if self._operations.get(identifier) is task:
                del self._operations[identifier]
        if errors:
            await self._send_errors(identifier, errors)
        else:
            await self._send({"id": identifier, "type": "complete"})

    async def _send_results(self, identifier: str, request: OperationRequest) -> list[GraphQLError] | None:
        """Send the results of an operation, or return the errors for which it was not run."""
        context = await self._get_context(self._connection)
        operation = self._schema.prepare(request, context)
        async with aclosing(self._schema.run_stream(operation, context=context)) as results:
            async for result in results:
                if isinstance(result, PreExecutionError):
                    return result.errors
                await self._send({"id": identifier, "type": "next", "payload": response_body(result)})
        return None

    async def _send_errors(self, identifier: str, errors: list[GraphQLError]) -> None:
        await self._send({"id": identifier, "type": "error", "payload": formatted(errors)})

    async def _send(self, message: dict[str, Any]) -> None:
        if self._is_open:
            await self._websocket.send_text(encode_json(message).decode())


def _text(frame: Frame) -> str:
    if frame["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(frame.get("code", 1005), frame.get("reason"))
    text = frame.get("text")
    if text is None:
        raise SocketClosed(BAD_REQUEST, "A message must be text.")
    return str(text)


async def _raise_when(stop: asyncio.Event) -> None:
    await stop.wait()
    raise SocketClosed(GOING_AWAY, "Going away")
