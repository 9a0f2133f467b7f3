"""Paths to endpoints: what is found, what is not, and that every problem has the dialect's shape."""

import logging
from types import SimpleNamespace

import pytest
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.testclient import TestClient

from graph.context import Context
from graph.rest.dialect import Call, Dialect, Endpoint
from graph.rest.router import Router, segments
from models.errors import InvalidInput
from models.identity import Identity

SERVICES = SimpleNamespace(settings=SimpleNamespace(body_limit_bytes=100))


async def identify(services, request, query):
    return Context(services, Identity("user/1", "alice") if query.get("key") == "k" else None)


def error(problem, request):
    status = {"NOT_FOUND": 404, "WRONG_METHOD": 405, "UNAUTHENTICATED": 401, "INTERNAL": 500}.get(problem.code, 400)
    return JSONResponse({"problem": problem.code, "message": problem.message}, status)


async def show(call: Call):
    return JSONResponse({"path": dict(call.path), "query": dict(call.query)})


async def echo(call: Call):
    return JSONResponse(await call.document())


async def refuse(call: Call):
    raise InvalidInput("no", ("x",))


async def fail(call: Call):
    raise RuntimeError("secret detail")


async def elsewhere(scope, receive, send):
    await PlainTextResponse("elsewhere")(scope, receive, send)


def dialect(name, *endpoints, prefixes=("/v1",), reserved=()):
    return Dialect(name, name, prefixes, identify, error, endpoints, reserved)


ONE = dialect(
    "one",
    Endpoint("GET", "/thing", show, "List", is_open=True),
    Endpoint("POST", "/thing", echo, "Make"),
    Endpoint("GET", "/thing/{id}", show, "Show", is_open=True),
    Endpoint("GET", "/thing/{id}/part/{part}", show, "Part", is_open=True),
    Endpoint("GET", "/thing/list/{what}", show, "Other", is_open=True),
    Endpoint("GET", "/refuse", refuse, "Refuse", is_open=True),
    Endpoint("GET", "/fail", fail, "Fail", is_open=True),
    prefixes=("", "/v1", "/v1/v1"),
    reserved=("/later",),
)
TWO = dialect("two", Endpoint("GET", "/other", show, "Other", is_open=True), prefixes=("/v2",))


@pytest.fixture(scope="module")
def client():
    return TestClient(Router(elsewhere, services=SERVICES, dialects=[ONE, TWO]), follow_redirects=False)


def test_segments_do_not_count_empty_ones():
    assert segments("//a///b/") == ["a", "b"]


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/thing", {}),
        ("/v1/thing", {}),
        ("/v1/v1/thing/", {}),
        ("//v1///thing//7/", {"id": "7"}),
        ("/thing/7/part/x", {"id": "7", "part": "x"}),
        ("/thing/list", {"id": "list"}),
        ("/thing/list/all", {"what": "all"}),
        ("/thing/list/part/x", {"id": "list", "part": "x"}),
        ("/v2/other", {}),
        ("/thing/a%2Fb", None),
    ],
)
def test_a_path_leads_to_its_endpoint_however_many_slashes_it_has(client, path, values):
    answer = client.get(path)

    if values is None:
        assert (answer.status_code, answer.json()["problem"]) == (404, "NOT_FOUND")
    else:
        assert (answer.status_code, answer.json()["path"]) == (200, values)


@pytest.mark.parametrize("path", ["/thing/7/nothing", "/v1/nothing", "/v1", "/later", "/v1/later/7"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
def test_what_is_not_there_is_the_dialects_404_whatever_the_method(client, method, path):
    answer = client.request(method, path)

    assert answer.status_code == 404
    assert answer.json() == {"problem": "NOT_FOUND", "message": f"there is nothing at {path}"}


@pytest.mark.parametrize("path", ["/", "/nothing", "/thingy"])
def test_what_belongs_to_no_dialect_goes_elsewhere(client, path):
    assert client.get(path).text == "elsewhere"


def test_another_method_is_refused_naming_those_that_are_possible(client):
    answer = client.delete("/thing")

    assert answer.status_code == 405
    assert answer.json() == {
        "problem": "WRONG_METHOD",
        "message": "DELETE is not possible here, only GET or POST",
    }


def test_head_is_answered_like_get(client):
    assert client.head("/thing").status_code == 200


def test_an_endpoint_that_is_not_open_asks_for_a_caller(client):
    assert client.post("/thing", json={}).status_code == 401
    assert client.post("/thing?key=k", json={"a": 1}).json() == {"a": 1}


@pytest.mark.parametrize("body", [b"{", b"[1]", b"1", b"\xff"])
def test_a_body_that_is_no_object_is_refused(client, body):
    assert client.post("/thing?key=k", content=body).json()["problem"] == "INVALID_INPUT"


def test_an_empty_body_is_an_empty_object(client):
    assert client.post("/thing?key=k", content=b" ").json() == {}


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_beyond_the_limit_is_refused(client, announced):
    body = b'{"a": "' + b"x" * 200 + b'"}'
    answer = client.post("/thing?key=k", content=body if announced else iter([body]))

    assert answer.json() == {"problem": "LIMIT_REACHED", "message": "a body may have 100 bytes at most"}


def test_a_problem_is_told_by_the_dialect(client):
    assert client.get("/refuse").json() == {"problem": "INVALID_INPUT", "message": "no"}


def test_a_fault_is_masked_and_logged_under_a_reference(client, caplog):
    with caplog.at_level(logging.ERROR):
        answer = client.get("/fail?key=k")

    assert answer.status_code == 500
    reference = answer.json()["message"].rsplit(" ", 1)[1]
    assert "secret" not in answer.text
    (record,) = [each for each in caplog.records if each.name == "graph.rest.router"]
    assert record.getMessage() == f"one: GET /fail failed, reference {reference}"
    assert "key=k" not in record.getMessage()


def test_two_endpoints_for_one_method_of_one_path_are_a_mistake():
    twice = dialect("twice", Endpoint("GET", "/a/{x}", show, ""), Endpoint("GET", "/a/{y}", show, ""))

    with pytest.raises(ValueError, match="is there twice"):
        Router(elsewhere, services=SERVICES, dialects=[twice])
