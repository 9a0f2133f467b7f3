"""GraphQL over HTTP: methods, content types, statuses, and what is refused."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from graph.execution import Limits
from graph.http.negotiation import GRAPHQL_RESPONSE, JSON
from tests.graph.execution.library import library_schema

PLAIN = {"accept": JSON}
NEWER = {"accept": GRAPHQL_RESPONSE}
COST = {"cost": {"requested": 0.1, "limit": 10_000.0}}


def ask(client: TestClient, query: str, headers: dict[str, str] = PLAIN, **members: Any) -> Any:
    return client.post("/graphql", json={"query": query, **members}, headers=headers)


def code(response: Any) -> str:
    [error] = response.json()["errors"]
    return str(error["extensions"]["code"])


@pytest.mark.parametrize("kind", [JSON, GRAPHQL_RESPONSE])
def test_a_query_is_answered_in_the_type_that_was_asked_for(client: TestClient, kind: str) -> None:
    response = ask(client, "{ hello }", {"accept": kind})

    assert response.status_code == 200
    assert response.headers["content-type"] == f"{kind}; charset=utf-8"
    assert response.headers["vary"] == "Accept"
    assert response.json() == {"data": {"hello": "hello world"}, "extensions": COST}


def test_variables_and_operation_names_arrive(client: TestClient) -> None:
    query = "query A($name: String) { hello(name: $name) } query B { reader }"

    assert ask(client, query, operationName="A", variables={"name": "x"}).json()["data"] == {"hello": "hello x"}
    assert ask(client, query, operationName="B").json()["data"] == {"reader": "ada"}


def test_empty_names_and_null_members_count_as_absent(client: TestClient) -> None:
    response = ask(client, "{ hello }", operationName="", variables=None, extensions=None)

    assert response.json()["data"] == {"hello": "hello world"}


def test_queries_may_be_sent_with_get(client: TestClient) -> None:
    params = {"query": "query($name: String) { hello(name: $name) }", "variables": '{"name": "x"}', "extensions": ""}
    response = client.get("/graphql", params=params, headers=PLAIN)

    assert response.status_code == 200
    assert response.json()["data"] == {"hello": "hello x"}


def test_head_is_get_without_a_body(client: TestClient) -> None:
    got = client.get("/graphql", params={"query": "{ hello }"}, headers=NEWER)
    head = client.head("/graphql", params={"query": "{ hello }"}, headers=NEWER)

    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.headers["content-length"] == got.headers["content-length"]


def test_a_slash_at_the_end_is_no_redirect(client: TestClient) -> None:
    assert client.post("/graphql/", json={"query": "{ hello }"}).json()["data"] == {"hello": "hello world"}


@pytest.mark.parametrize("kind", [JSON, GRAPHQL_RESPONSE])
def test_partial_success_is_a_success(client: TestClient, kind: str) -> None:
    response = ask(client, '{ hello fail(how: "missing") }', {"accept": kind})

    assert response.status_code == 200
    assert response.json()["data"] == {"hello": "hello world", "fail": None}
    assert code(response) == "NOT_FOUND"


def test_data_that_became_null_is_still_an_answer(client: TestClient) -> None:
    response = ask(client, "{ nothing }", NEWER)

    assert response.status_code == 200
    assert response.json()["data"] is None
    assert code(response) == "INTERNAL"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("{", "GRAPHQL_PARSE_FAILED", id="syntax"),
        pytest.param("{ helo }", "GRAPHQL_VALIDATION_FAILED", id="validation"),
        pytest.param("query($id: ID!) { book(id: $id) { id } }", "BAD_USER_INPUT", id="variables"),
        pytest.param("query A { hello } query B { hello }", "BAD_USER_INPUT", id="no operation name"),
        pytest.param("{ books(first: 1000000) { nodes { id } } }", "QUERY_TOO_COMPLEX", id="cost"),
    ],
)
def test_refusals_have_no_data_and_the_status_of_their_type(client: TestClient, query: str, expected: str) -> None:
    newer, plain = ask(client, query, NEWER), ask(client, query, PLAIN)

    assert (newer.status_code, plain.status_code) == (400, 200)
    assert newer.headers["content-type"] == f"{GRAPHQL_RESPONSE}; charset=utf-8"
    assert "data" not in newer.json()
    assert newer.json() == plain.json()
    assert code(newer) == expected


@pytest.mark.parametrize("kind", [JSON, GRAPHQL_RESPONSE])
@pytest.mark.parametrize(
    ("key", "status", "expected"),
    [
        ("wrong", 401, "UNAUTHENTICATED"),
        ("banned", 403, "FORBIDDEN"),
        ("down", 503, "UNAVAILABLE"),
        ("bug", 500, "INTERNAL"),
    ],
)
def test_who_may_not_ask_is_told_by_the_status(
    client: TestClient, kind: str, key: str, status: int, expected: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = ask(client, "{ hello }", {"accept": kind, "authorization": f"Bearer {key}"})

    assert response.status_code == status
    assert response.headers["content-type"] == f"{kind}; charset=utf-8"
    assert list(response.json()) == ["errors"]
    assert code(response) == expected
    assert ("www-authenticate" in response.headers) is (status == 401)
    assert len(caplog.records) == (1 if status == 500 else 0)
    assert "password" not in response.text


def test_strangers_get_nothing_read(client: TestClient) -> None:
    response = client.post(
        "/graphql", content=b"{", headers={"content-type": "application/json", "authorization": "Bearer wrong"}
    )

    assert response.status_code == 401


def test_the_context_comes_from_the_request(client: TestClient) -> None:
    assert ask(client, "{ reader }", {"authorization": "Basic Z3JhY2U="}).json()["data"] == {"reader": "Z3JhY2U="}


def test_who_asks_too_fast_is_told_when_to_come_back(make_client: Callable[..., TestClient]) -> None:
    schema = library_schema(Limits(rate_burst=1.0, rate_per_second=0.1), rate_key=lambda context: context.name)
    client = make_client(schema=schema)
    query = '{ book(id: "book/1") { __typename } }'

    first, second = ask(client, query), ask(client, query)

    assert first.status_code == 200
    assert second.status_code == 429
    assert second.headers["retry-after"] == "10"
    assert code(second) == "THROTTLED"


def test_mutations_need_post(client: TestClient) -> None:
    query = 'mutation { addBook(input: {title: "T"}) { __typename } }'
    got = client.get("/graphql", params={"query": query}, headers=PLAIN)

    assert got.status_code == 405
    assert got.headers["allow"] == "POST"
    assert got.json()["errors"][0]["message"] == "Mutations must be sent with POST."
    assert ask(client, query).json()["data"] == {"addBook": {"__typename": "Book"}}


def test_subscriptions_need_a_stream(client: TestClient) -> None:
    response = ask(client, "subscription { count(to: 1) }")

    assert response.status_code == 406
    assert "text/event-stream" in response.json()["errors"][0]["message"]
    assert response.headers["content-type"] == f"{JSON}; charset=utf-8"


def test_streams_have_no_head(client: TestClient) -> None:
    params = {"query": "subscription { count(to: 1) }"}
    response = client.head("/graphql", params=params, headers={"accept": "text/event-stream"})

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_refused_with_those_that_are_not(client: TestClient, method: str) -> None:
    response = client.request(method, "/graphql")

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert response.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert response.json()["errors"][0]["message"] == f"{method} is not supported."


def test_options_says_which_methods_there_are(client: TestClient) -> None:
    response = client.options("/graphql")

    assert response.status_code == 204
    assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"


def test_what_cannot_be_answered_in_any_accepted_type_is_not_run(client: TestClient) -> None:
    response = ask(client, "{ hello }", {"accept": "text/plain"})

    assert response.status_code == 406
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"content-type": "text/plain"}, id="another type"),
        pytest.param({"content-type": "application/graphql"}, id="bare GraphQL"),
        pytest.param({"content-type": "multipart/form-data; boundary=x"}, id="a form"),
        pytest.param({"content-type": "application/json; charset=utf-16"}, id="another charset"),
        pytest.param({"content-type": "application/json", "content-encoding": "gzip"}, id="compressed"),
        pytest.param({}, id="no type"),
    ],
)
def test_bodies_are_json_in_utf8(client: TestClient, headers: dict[str, str]) -> None:
    response = client.post("/graphql", content=b'{"query": "{ hello }"}', headers=headers)

    assert response.status_code == 415
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])
def test_the_charset_may_be_said(client: TestClient, kind: str) -> None:
    response = client.post("/graphql", content=b'{"query": "{ hello }"}', headers={"content-type": kind})

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"", "The body must be valid JSON.", id="empty"),
        pytest.param(b"{", "The body must be valid JSON.", id="broken"),
        pytest.param(b'{"query": NaN}', "The body must be valid JSON.", id="not quite JSON"),
        pytest.param(b"\xff", "The body must be valid JSON.", id="not UTF-8"),
        pytest.param(b'"{ hello }"', "The request must be a JSON object.", id="a string"),
        pytest.param(b"null", "The request must be a JSON object.", id="null"),
        pytest.param(
            b'[{"query": "{ hello }"}]', "Batches are not supported: send one operation a request.", id="batch"
        ),
        pytest.param(b"{}", "The request has no `query`.", id="no query"),
        pytest.param(b'{"query": ""}', "The request has no `query`.", id="an empty query"),
        pytest.param(b'{"query": 5}', "`query` must be a string or null.", id="query"),
        pytest.param(b'{"query": "{a}", "variables": []}', "`variables` must be an object or null.", id="variables"),
        pytest.param(b'{"query": "{a}", "variables": "{}"}', "`variables` must be an object or null.", id="text"),
        pytest.param(b'{"query": "{a}", "operationName": 1}', "`operationName` must be a string or null.", id="name"),
        pytest.param(b'{"query": "{a}", "extensions": 1}', "`extensions` must be an object or null.", id="extensions"),
    ],
)
def test_what_is_no_request_is_a_bad_one(client: TestClient, body: bytes, message: str) -> None:
    response = client.post("/graphql", content=body, headers={"content-type": "application/json"})

    assert response.status_code == 400
    assert response.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert response.json() == {"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "The request has no `query`."),
        ({"query": "{ hello }", "variables": "{"}, "`variables` must be valid JSON."),
        ({"query": "{ hello }", "variables": "[]"}, "`variables` must be an object or null."),
        ({"query": "{ hello }", "extensions": "x"}, "`extensions` must be valid JSON."),
    ],
)
def test_bad_query_strings_are_bad_requests(client: TestClient, params: dict[str, str], message: str) -> None:
    response = client.get("/graphql", params=params, headers=PLAIN)

    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == message


def test_large_bodies_are_refused(make_client: Callable[..., TestClient]) -> None:
    client = make_client(body_limit=100)
    large = json.dumps({"query": "{ hello }" + " " * 100}).encode()
    headers = {"content-type": "application/json"}

    announced = client.post("/graphql", content=large, headers=headers)
    unannounced = client.post("/graphql", content=iter([large[:50], large[50:]]), headers=headers)

    assert (announced.status_code, unannounced.status_code) == (413, 413)
    assert announced.json() == unannounced.json()
    assert announced.json()["errors"][0]["message"] == "The body is larger than 100 bytes."
    assert ask(client, "{ hello }").status_code == 200


def test_values_without_json_of_their_own_are_answered(client: TestClient) -> None:
    response = ask(client, "{ measurements }")

    assert response.json()["data"] == {"measurements": {"nan": None, "large": 2**70, "raw": {"a": 1}}}


def test_a_query_can_be_sent_once_and_asked_for_by_its_hash(client: TestClient) -> None:
    query = "{ hello }"
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha256(query.encode()).hexdigest()}}
    params = {"extensions": orjson.dumps(extensions).decode()}

    unknown = client.get("/graphql", params=params, headers=PLAIN)
    taught = client.post("/graphql", json={"query": query, "extensions": extensions}, headers=PLAIN)
    known = client.get("/graphql", params=params, headers=PLAIN)

    assert unknown.status_code == 200
    assert unknown.json() == {
        "errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]
    }
    assert taught.json()["data"] == known.json()["data"] == {"hello": "hello world"}


@pytest.mark.parametrize("kind", [JSON, GRAPHQL_RESPONSE])
def test_an_answer_that_has_no_json_is_an_internal_error(
    client: TestClient, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = ask(client, "{ unsendable }", {"accept": kind})

    assert response.status_code == 500
    assert code(response) == "INTERNAL"
    assert len(caplog.records) == 1


def test_an_error_of_the_view_itself_is_masked(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("password 123")

    monkeypatch.setattr("graph.http.view.read_request", broken)

    response = ask(client, "{ hello }")

    assert response.status_code == 500
    assert code(response) == "INTERNAL"
    assert "password 123" in caplog.text
