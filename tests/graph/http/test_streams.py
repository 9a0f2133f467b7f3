"""Event streams: their text, their end, and that nothing is left behind."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from tests.graph.execution.library import LOG
from tests.graph.http.library_app import library_app

STREAM = {"accept": "text/event-stream"}


def events(text: str) -> list[tuple[str, Any]]:
    """Names and data of the events in a stream."""
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"]) if lines["data"] else None))
    return found


class Caller:
    """One request made straight to an application, event by event."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.leave = asyncio.Event()
        self._body = [json.dumps({"query": ""}).encode()]

    async def receive(self) -> dict[str, Any]:
        if self._body:
            return {"type": "http.request", "body": self._body.pop(), "more_body": False}
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.put_nowait(message)

    @asynccontextmanager
    async def calling(self, app: ASGIApp, query: str) -> AsyncIterator[asyncio.Task[None]]:
        self._body = [json.dumps({"query": query}).encode()]
        headers = [(b"accept", b"text/event-stream"), (b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
        task = asyncio.create_task(app(scope, self.receive, self.send))  # type: ignore[arg-type]  # a coroutine
        try:
            yield task
        finally:
            await asyncio.wait_for(task, 2)

    async def next_body(self) -> bytes:
        while True:
            message = await asyncio.wait_for(self.sent.get(), 2)
            if message["type"] == "http.response.body":
                return message["body"]


def test_a_subscription_is_a_stream_of_next_events_and_complete(client: TestClient) -> None:
    response = client.post("/graphql", json={"query": "subscription { count(to: 2) }"}, headers=STREAM)

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache, no-transform"
    cost = {"cost": {"requested": 0.1, "limit": 10_000.0}}
    assert events(response.text) == [
        ("next", {"data": {"count": 1}, "extensions": cost}),
        ("next", {"data": {"count": 2}, "extensions": cost}),
        ("complete", None),
    ]
    assert "\r" not in response.text
    assert response.text.endswith("event: complete\ndata: \n\n")


def test_a_subscription_may_be_asked_for_with_get(client: TestClient) -> None:
    response = client.get("/graphql", params={"query": "subscription { count(to: 1) }"}, headers=STREAM)

    assert [name for name, _ in events(response.text)] == ["next", "complete"]


def test_queries_and_mutations_are_streams_of_one(client: TestClient) -> None:
    response = client.post("/graphql", json={"query": "{ hello }"}, headers=STREAM)

    assert [(name, data and data["data"]) for name, data in events(response.text)] == [
        ("next", {"hello": "hello world"}),
        ("complete", None),
    ]


def test_clients_that_read_both_get_queries_as_json(client: TestClient) -> None:
    headers = {"accept": "application/json, text/event-stream"}

    query = client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
    subscription = client.post("/graphql", json={"query": "subscription { count(to: 1) }"}, headers=headers)

    assert query.headers["content-type"] == "application/json; charset=utf-8"
    assert subscription.headers["content-type"] == "text/event-stream; charset=utf-8"


def test_a_refused_operation_is_one_event_without_data(client: TestClient) -> None:
    response = client.post("/graphql", json={"query": "subscription { counts }"}, headers=STREAM)

    [(name, data), end] = events(response.text)
    assert (response.status_code, name, end) == (200, "next", ("complete", None))
    assert list(data) == ["errors"]
    assert data["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


def test_strangers_get_a_status_and_no_stream(client: TestClient) -> None:
    headers = {**STREAM, "authorization": "Bearer wrong"}
    response = client.post("/graphql", json={"query": "subscription { count(to: 1) }"}, headers=headers)

    assert response.status_code == 401
    assert response.headers["content-type"] == "application/json; charset=utf-8"


def test_a_bad_request_is_a_status_and_no_stream(client: TestClient) -> None:
    response = client.post("/graphql", json={"query": 5}, headers=STREAM)

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json; charset=utf-8"


def test_failures_in_the_stream_are_masked(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    response = client.post("/graphql", json={"query": 'subscription { breaks(how: "bug") }'}, headers=STREAM)

    [first, (_, last), end] = events(response.text)
    assert first[1]["data"] == {"breaks": 1}
    assert last["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert end == ("complete", None)
    assert "password" not in response.text
    assert "password" in caplog.text


def test_json_that_came_with_line_ends_stays_on_one_line(client: TestClient) -> None:
    response = client.post("/graphql", json={"query": "{ measurements }"}, headers=STREAM)

    [(_, data), _] = events(response.text)
    assert data["data"]["measurements"]["raw"] == {"a": 1}


def test_an_event_that_has_no_json_is_an_internal_error(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    response = client.post("/graphql", json={"query": "{ unsendable }"}, headers=STREAM)

    [(_, data), end] = events(response.text)
    assert data["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert end == ("complete", None)
    assert len(caplog.records) == 1


async def test_the_source_is_closed_as_soon_as_the_client_leaves() -> None:
    LOG.clear()
    caller = Caller()
    app = library_app(keep_alive=60)

    async with caller.calling(app, "subscription { wait }"):
        assert b'{"wait":1}' in await caller.next_body()
        caller.leave.set()

    assert LOG == ["waiting", "closed"]
    assert len(app.state.view._open_streams) == 0


async def test_an_idle_stream_is_kept_alive_with_comments() -> None:
    caller = Caller()

    async with caller.calling(library_app(keep_alive=0.02), "subscription { wait }"):
        assert b"event: next" in await caller.next_body()
        assert await caller.next_body() == b": ping\n\n"
        assert await caller.next_body() == b": ping\n\n"
        caller.leave.set()


async def test_a_busy_stream_has_no_comments() -> None:
    caller = Caller()
    bodies = []

    async with caller.calling(library_app(keep_alive=0.2), "subscription { count(to: 20, seconds: 0.02) }"):
        while not bodies or b"complete" not in bodies[-1]:
            bodies.append(await caller.next_body())
        caller.leave.set()

    assert b": ping\n\n" not in bodies
    assert len(bodies) == 21


async def test_a_server_that_stops_ends_its_streams_without_completing_them() -> None:
    LOG.clear()
    caller = Caller()
    app = library_app()

    async with caller.calling(app, "subscription { wait }"):
        await caller.next_body()
        app.state.view.close()

    assert caller.sent.get_nowait() == {"type": "http.response.body", "body": b"", "more_body": False}
    assert LOG == ["waiting", "closed"]


async def test_streams_opened_while_the_server_stops_end_at_once() -> None:
    caller = Caller()
    app = library_app()
    app.state.view.close()

    async with caller.calling(app, "subscription { wait }") as task:
        await asyncio.wait_for(task, 2)


@pytest.mark.parametrize("count", [50])
async def test_many_streams_run_side_by_side(count: int) -> None:
    app = library_app()

    async def numbers() -> list[bytes]:
        caller = Caller()
        async with caller.calling(app, "subscription { count(to: 3, seconds: 0.01) }"):
            return [await caller.next_body() for _ in range(4)]

    found = await asyncio.gather(*(numbers() for _ in range(count)))

    assert all(b'"count":3' in bodies[2] and b"complete" in bodies[3] for bodies in found)
    assert len(app.state.view._open_streams) == 0
