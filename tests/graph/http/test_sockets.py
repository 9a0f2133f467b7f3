"""Operations over WebSockets: the graphql-transport-ws protocol, its close codes, and who may connect."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from graph.http import GraphQLView, routes
from tests.graph.execution.library import LOG, Reader, library_schema
from tests.graph.http.library_app import reader_of

PROTOCOL = "graphql-transport-ws"
COST = {"cost": {"requested": 0.1, "limit": 10_000.0}}


@contextmanager
def connected(
    client: TestClient, payload: dict[str, Any] | None = None, **options: Any
) -> Iterator[WebSocketTestSession]:
    """A connection that was introduced."""
    with client.websocket_connect("/graphql", subprotocols=[PROTOCOL], **options) as socket:
        socket.send_json({"type": "connection_init", **({"payload": payload} if payload is not None else {})})
        assert socket.receive_json() == {"type": "connection_ack"}
        yield socket


def subscribe(socket: WebSocketTestSession, query: str, identifier: str = "1", **members: Any) -> None:
    socket.send_json({"type": "subscribe", "id": identifier, "payload": {"query": query, **members}})


def closed(socket: WebSocketTestSession) -> tuple[int, str]:
    with pytest.raises(WebSocketDisconnect) as raised:
        socket.receive_json()
    return raised.value.code, raised.value.reason


def test_a_subscription_gives_its_results_and_completes(client: TestClient) -> None:
    with connected(client) as socket:
        assert socket.accepted_subprotocol == PROTOCOL
        subscribe(socket, "subscription($to: Int!) { count(to: $to) }", variables={"to": 2})

        assert [socket.receive_json() for _ in range(3)] == [
            {"id": "1", "type": "next", "payload": {"data": {"count": 1}, "extensions": COST}},
            {"id": "1", "type": "next", "payload": {"data": {"count": 2}, "extensions": COST}},
            {"id": "1", "type": "complete"},
        ]


def test_queries_and_mutations_are_answered_too(client: TestClient) -> None:
    with connected(client) as socket:
        subscribe(socket, "query A { reader } query B { hello }", operationName="B")

        assert socket.receive_json()["payload"]["data"] == {"hello": "hello world"}
        assert socket.receive_json() == {"id": "1", "type": "complete"}


def test_an_id_is_free_again_after_complete(client: TestClient) -> None:
    with connected(client) as socket:
        for _ in range(3):
            subscribe(socket, "{ hello }")
            assert [socket.receive_json()["type"] for _ in range(2)] == ["next", "complete"]


def test_operations_run_side_by_side(client: TestClient) -> None:
    with connected(client) as socket:
        subscribe(socket, "subscription { wait }", "slow")
        assert socket.receive_json()["id"] == "slow"
        subscribe(socket, "{ hello }", "fast")

        assert [socket.receive_json()["id"] for _ in range(2)] == ["fast", "fast"]


def test_a_client_may_complete_a_subscription(client: TestClient) -> None:
    LOG.clear()
    with connected(client) as socket:
        subscribe(socket, "subscription { wait }")
        socket.receive_json()

        socket.send_json({"type": "complete", "id": "1"})
        socket.send_json({"type": "complete", "id": "1"})
        subscribe(socket, "{ hello }")

        assert [socket.receive_json()["type"] for _ in range(2)] == ["next", "complete"]
    assert LOG == ["waiting", "closed"]


def test_leaving_closes_all_sources(client: TestClient) -> None:
    LOG.clear()
    with connected(client) as socket:
        for identifier in "abc":
            subscribe(socket, "subscription { wait }", identifier)
            socket.receive_json()

    assert sorted(LOG) == ["closed"] * 3 + ["waiting"] * 3


def test_refused_operations_are_errors_and_leave_the_rest_alone(client: TestClient) -> None:
    with connected(client) as socket:
        for query, code in [
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("{ helo }", "GRAPHQL_VALIDATION_FAILED"),
            ("query($id: ID!) { book(id: $id) { id } }", "BAD_USER_INPUT"),
            ("{ books(first: 1000000) { nodes { id } } }", "QUERY_TOO_COMPLEX"),
            ("subscription { refuses }", "FORBIDDEN"),
        ]:
            subscribe(socket, query)
            message = socket.receive_json()

            assert (message["id"], message["type"]) == ("1", "error")
            assert message["payload"][0]["extensions"]["code"] == code
        subscribe(socket, "{ hello }")
        assert socket.receive_json()["payload"]["data"] == {"hello": "hello world"}


def test_errors_of_fields_come_with_the_data(client: TestClient) -> None:
    with connected(client) as socket:
        subscribe(socket, '{ hello fail(how: "missing") }')

        payload = socket.receive_json()["payload"]
        assert payload["data"] == {"hello": "hello world", "fail": None}
        assert payload["errors"][0]["extensions"] == {"code": "NOT_FOUND", "path": ["id"]}


def test_failures_in_the_stream_are_masked(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with connected(client) as socket:
        subscribe(socket, 'subscription { breaks(how: "bug") }')
        messages = [socket.receive_json() for _ in range(3)]

    assert [message["type"] for message in messages] == ["next", "next", "complete"]
    assert messages[1]["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "password" not in str(messages)
    assert "password" in caplog.text


def test_an_answer_that_has_no_json_is_an_error_of_its_operation_alone(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with connected(client) as socket:
        subscribe(socket, "{ unsendable }")
        message = socket.receive_json()
        subscribe(socket, "{ hello }")

        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "INTERNAL"
        assert socket.receive_json()["type"] == "next"
    assert len(caplog.records) == 1


def test_persisted_queries_work_over_sockets(client: TestClient) -> None:
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha256(b"{ hello }").hexdigest()}}
    with connected(client) as socket:
        socket.send_json({"type": "subscribe", "id": "1", "payload": {"extensions": extensions}})
        assert socket.receive_json()["payload"][0]["message"] == "PersistedQueryNotFound"
        subscribe(socket, "{ hello }", extensions=extensions)
        assert socket.receive_json()["type"] == "next"


def test_ping_is_answered_and_pong_is_not(client: TestClient) -> None:
    with connected(client) as socket:
        socket.send_json({"type": "pong"})
        socket.send_json({"type": "ping", "payload": {"any": "thing"}})

        assert socket.receive_json() == {"type": "pong"}


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
def test_credentials_may_come_with_the_introduction(client: TestClient, name: str) -> None:
    with connected(client, {name: "Bearer grace"}, headers={"authorization": "Bearer ada"}) as socket:
        subscribe(socket, "{ reader }")

        assert socket.receive_json()["payload"]["data"] == {"reader": "grace"}


def test_credentials_may_come_with_the_handshake(client: TestClient) -> None:
    with connected(client, {"other": 1}, headers={"authorization": "Bearer grace"}) as socket:
        subscribe(socket, "{ reader }")

        assert socket.receive_json()["payload"]["data"] == {"reader": "grace"}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("wrong", (4403, "That key is not known.")),
        ("banned", (4403, "This reader is banned.")),
    ],
)
def test_strangers_are_turned_away(client: TestClient, key: str, expected: tuple[int, str]) -> None:
    with client.websocket_connect("/graphql", subprotocols=[PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}})

        assert closed(socket) == expected


def test_a_bug_in_the_introduction_is_masked(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with client.websocket_connect("/graphql", subprotocols=[PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init", "payload": {"Authorization": "Bearer bug"}})
        code, reason = closed(socket)

    assert code == 4500
    assert "password" not in reason
    assert "password" in caplog.text


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        pytest.param(
            [{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }"}}],
            (4401, "Unauthorized"),
            id="too early",
        ),
        pytest.param(
            [{"type": "connection_init"}, {"type": "connection_init"}],
            (4429, "Too many initialisation requests"),
            id="introduced twice",
        ),
        pytest.param([{"type": "start"}], (4400, "Unknown message type."), id="the protocol before"),
        pytest.param([{}], (4400, "Unknown message type."), id="no type"),
        pytest.param([[]], (4400, "A message must be a JSON object."), id="no object"),
        pytest.param(["text"], (4400, "A message must be a JSON object."), id="text"),
        pytest.param(
            [{"type": "connection_init", "payload": "x"}],
            (4400, "The payload of connection_init must be an object."),
            id="an introduction that is no object",
        ),
        pytest.param(
            [{"type": "connection_init", "payload": {"authorization": 5}}],
            (4400, "The authorization of connection_init must be text as in a header."),
            id="credentials that are no text",
        ),
        pytest.param(
            [{"type": "connection_init", "payload": {"authorization": "Bearer a\r\nX-Admin: 1"}}],
            (4400, "The authorization of connection_init must be text as in a header."),
            id="credentials with a line end",
        ),
        pytest.param(
            [{"type": "connection_init"}, {"type": "subscribe"}], (4400, "The message must have an id."), id="no id"
        ),
        pytest.param(
            [{"type": "connection_init"}, {"type": "subscribe", "id": 5, "payload": {}}],
            (4400, "The message must have an id."),
            id="an id that is no string",
        ),
        pytest.param(
            [{"type": "connection_init"}, {"type": "subscribe", "id": "1"}],
            (4400, "The request must be a JSON object."),
            id="no payload",
        ),
        pytest.param(
            [{"type": "connection_init"}, {"type": "subscribe", "id": "1", "payload": {"query": 5}}],
            (4400, "`query` must be a string or null."),
            id="a query that is no string",
        ),
        pytest.param(
            [
                {"type": "connection_init"},
                {"type": "subscribe", "id": "1", "payload": {"query": "subscription { wait }"}},
                {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }"}},
            ],
            (4409, "Subscriber for 1 already exists"),
            id="an id that is taken",
        ),
    ],
)  # fmt: skip
def test_violations_close_the_connection(client: TestClient, messages: list[Any], expected: tuple[int, str]) -> None:
    with client.websocket_connect("/graphql", subprotocols=[PROTOCOL]) as socket:
        for message in messages:
            socket.send_json(message)
        while (frame := socket.receive())["type"] != "websocket.close":
            pass

    assert (frame["code"], frame["reason"]) == expected


def test_messages_are_text_of_a_limited_size(make_client: Callable[..., TestClient]) -> None:
    client = make_client(body_limit=100)
    with client.websocket_connect("/graphql", subprotocols=[PROTOCOL]) as socket:
        socket.send_bytes(b"{}")
        assert closed(socket) == (4400, "A message must be text.")
    with client.websocket_connect("/graphql", subprotocols=[PROTOCOL]) as socket:
        socket.send_text("{")
        assert closed(socket) == (4400, "A message must be valid JSON.")
    with client.websocket_connect("/graphql", subprotocols=[PROTOCOL]) as socket:
        socket.send_text('{"type": "ping"' + " " * 100 + "}")
        assert closed(socket) == (1009, "A message is larger than 100 characters.")


@pytest.mark.parametrize("protocols", [[], ["graphql-ws"], ["mqtt"]])
def test_other_protocols_are_not_spoken(client: TestClient, protocols: list[str]) -> None:
    with client.websocket_connect("/graphql", subprotocols=protocols) as socket:
        assert socket.accepted_subprotocol is None
        assert closed(socket) == (4406, "Subprotocol not acceptable")


def test_the_protocol_is_found_among_others(client: TestClient) -> None:
    with client.websocket_connect("/graphql", subprotocols=["graphql-ws", PROTOCOL]) as socket:
        assert socket.accepted_subprotocol == PROTOCOL


def test_who_does_not_introduce_himself_is_cut_off(make_client: Callable[..., TestClient]) -> None:
    client = make_client(initialisation_seconds=0.02)
    with client.websocket_connect("/graphql", subprotocols=[PROTOCOL]) as socket:
        assert closed(socket) == (4408, "Connection initialisation timeout")


def test_a_connection_has_a_number_of_operations(make_client: Callable[..., TestClient]) -> None:
    with connected(make_client(operations=2)) as socket:
        for identifier in "abc":
            subscribe(socket, "subscription { wait }", identifier)
        messages = {message["id"]: message for message in (socket.receive_json() for _ in range(3))}

        assert [messages[identifier]["type"] for identifier in "abc"] == ["next", "next", "error"]
        assert messages["c"]["payload"] == [
            {
                "message": "A connection may have 2 operations at a time.",
                "extensions": {"code": "LIMIT_REACHED"},
            }
        ]
        socket.send_json({"type": "complete", "id": "a"})
        subscribe(socket, "{ hello }", "d")
        assert socket.receive_json()["type"] == "next"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        pytest.param(None, True, id="no browser"),
        pytest.param("http://testserver", True, id="the same"),
        pytest.param("https://testserver", True, id="the same behind a proxy that ends TLS"),
        pytest.param("http://testserver:8080", False, id="the same host on another port"),
        pytest.param("https://app.example.com", True, id="allowed"),
        pytest.param("https://APP.example.com:443", True, id="allowed in another spelling"),
        pytest.param("http://app.example.com", False, id="allowed over https only"),
        pytest.param("https://evil.example.com", False, id="another"),
        pytest.param("null", False, id="hidden"),
    ],
)
def test_pages_of_other_origins_may_not_connect(
    make_client: Callable[..., TestClient], origin: str | None, allowed: bool
) -> None:
    client = make_client(origins=("https://app.example.com",))
    headers = {"origin": origin} if origin else {}

    if allowed:
        with connected(client, headers=headers):
            pass
    else:
        with pytest.raises(WebSocketDisconnect) as raised, connected(client, headers=headers):
            pass
        assert raised.value.code == 1008


def test_any_origin_can_be_allowed(make_client: Callable[..., TestClient]) -> None:
    with connected(make_client(origins=("*",)), headers={"origin": "https://evil.example.com"}):
        pass


def test_a_server_that_stops_says_that_it_goes_away(client: TestClient) -> None:
    LOG.clear()
    with connected(client) as socket:
        subscribe(socket, "subscription { wait }")
        socket.receive_json()

        socket.portal.call(client.app.state.view.close)  # type: ignore[attr-defined]  # a Starlette application

        assert closed(socket) == (1001, "Going away")
    assert LOG == ["waiting", "closed"]


def test_each_operation_has_a_context_of_its_own() -> None:
    made: list[Reader] = []

    async def counted(connection: HTTPConnection) -> Reader:
        made.append(await reader_of(connection))
        return made[-1]

    view = GraphQLView(library_schema(), get_context=counted)
    with connected(TestClient(Starlette(routes=routes(view)))) as socket:
        for identifier in "ab":
            subscribe(socket, "{ reader }", identifier)
            assert [socket.receive_json()["type"] for _ in range(2)] == ["next", "complete"]

    # One for the introduction, one for each operation.
    assert len({id(reader) for reader in made}) == len(made) == 3
