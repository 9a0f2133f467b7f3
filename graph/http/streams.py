"""Answers as server-sent events, in the distinct connections mode of the GraphQL over SSE protocol."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from graph.execution.masking import public_error
from graph.http.encoding import encode_json, formatted, response_body
from graph.http.negotiation import EVENT_STREAM
from graph.http.tasks import finish

_HEADERS = [
    (b"content-type", f"{EVENT_STREAM}; charset=utf-8".encode()),
    (b"cache-control", b"no-cache, no-transform"),
    # Keeps nginx from collecting events before it passes them on.
    (b"x-accel-buffering", b"no"),
]


class OpenStreams:
    """The streams and sockets that a server holds open, so that it can end them when it stops."""

    def __init__(self) -> None:
        self._stops: set[asyncio.Event] = set()
        self._closing = False

    def __len__(self) -> int:
        return len(self._stops)

    @contextmanager
    def one(self) -> Iterator[asyncio.Event]:
        """Counts a stream as open; the event is set when it has to end."""
        stop = asyncio.Event()
        if self._closing:
            stop.set()
        self._stops.add(stop)
        try:
            yield stop
        finally:
            self._stops.discard(stop)

    def close(self) -> None:
        """End all streams, those that are yet to come too. For the thread of the event loop."""
        self._closing = True
        for stop in self._stops:
            stop.set()


class EventStream:
    """An ASGI response that sends each result as a `next` event and then `complete`.

    A comment goes out whenever nothing else did for `keep_alive` seconds. When the client leaves, the results are
    closed at once; when the server stops, the stream ends without `complete`, which tells clients to come again.
    """

    def __init__(
        self, results: AsyncGenerator[ExecutionResult], *, open_streams: OpenStreams, keep_alive: float
    ) -> None:
        self._results = results
        self._open_streams = open_streams
        self._keep_alive = keep_alive

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream to its end, or to that of the connection."""
        with self._open_streams.one() as stop:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            sender = asyncio.create_task(self._send_events(send))
            tasks = [sender, asyncio.create_task(_disconnected(receive)), asyncio.create_task(stop.wait())]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await finish(tasks)
        if not sender.cancelled():
            sender.result()
        elif stop.is_set():
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_events(self, send: Send) -> None:
        pings = asyncio.create_task(self._send_pings(send))
        try:
            # One task from start to end: a generator may hold a scope that only its task can leave.
            async with aclosing(self._results) as results:
                async for result in results:
                    self._last_sent = asyncio.get_running_loop().time()
                    await send(_chunk(b"event: next\ndata: %b\n\n" % _line(_encoded(result))))
        finally:
            await finish([pings])
        # Browsers drop events without data, so there is an empty line of it.
        await send({**_chunk(b"event: complete\ndata: \n\n"), "more_body": False})

    async def _send_pings(self, send: Send) -> None:
        clock = asyncio.get_running_loop().time
        self._last_sent = clock()
        while True:
            await asyncio.sleep(max(0.0, self._last_sent + self._keep_alive - clock()))
            if clock() - self._last_sent >= self._keep_alive:
                self._last_sent = clock()
                await send(_chunk(b": ping\n\n"))


def _encoded(result: ExecutionResult) -> bytes:
    try:
        return encode_json(response_body(result))
    except TypeError as error:
        return encode_json({"errors": formatted([public_error(error)])})


def _line(text: bytes) -> bytes:
    """JSON on one line: only what was serialised elsewhere has line ends, and only between values."""
    return text.replace(b"\r", b" ").replace(b"\n", b" ")


def _chunk(body: bytes) -> dict[str, object]:
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
