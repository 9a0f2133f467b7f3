"""Where the endpoint and GraphiQL stand, and who may call from another origin."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import graph.http
from graph.http import GraphQLView, routes
from tests.graph.execution.library import library_schema
from tests.graph.http.library_app import reader_of

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
STATIC = Path(graph.http.__file__).parent / "static"


@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
def test_browsers_get_graphiql_with_all_its_files_from_here(client: TestClient, path: str) -> None:
    page = client.get(path, headers=HTML)
    links = re.findall(r'(?:src|href)="([^"]*)"', page.text)

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    local = [link for link in links if not link.startswith("data:")]
    assert len(local) == 6
    for link in local:
        assert client.get(str(page.url.join(link))).status_code == 200


def test_the_page_asks_no_other_server(client: TestClient) -> None:
    page = client.get("/graphql", headers=HTML).text + (STATIC / "start.js").read_text()

    assert not re.search(r"https?://", page)
    assert not re.search(r"\burl\(\s*['\"]?(?!['\"]?data:|#)", (STATIC / "graphiql-4.1.2.min.css").read_text())


def test_browsers_with_a_query_get_its_answer(client: TestClient) -> None:
    response = client.get("/graphql", params={"query": "{ hello }"}, headers=HTML)

    assert response.headers["content-type"] == "application/json; charset=utf-8"


def test_the_page_needs_no_credentials(client: TestClient) -> None:
    assert client.get("/graphql", headers={**HTML, "authorization": "Bearer wrong"}).status_code == 200


def test_head_of_the_page_has_no_body(client: TestClient) -> None:
    response = client.head("/graphql", headers=HTML)

    assert (response.status_code, response.content) == (200, b"")


def test_the_page_can_be_left_out() -> None:
    client = TestClient(Starlette(routes=routes(GraphQLView(library_schema(), get_context=reader_of))))

    assert client.get("/graphql", headers=HTML).status_code == 400


@pytest.mark.parametrize(
    ("name", "kind", "age"),
    [
        ("graphiql-4.1.2.min.js", "text/javascript", "public, max-age=31536000, immutable"),
        ("graphiql-4.1.2.min.css", "text/css", "public, max-age=31536000, immutable"),
        ("start.js", "text/javascript", "public, max-age=86400"),
    ],
)
def test_files_are_kept_by_browsers(client: TestClient, name: str, kind: str, age: str) -> None:
    response = client.get(f"/graphql/static/{name}")

    assert response.headers["content-type"] == f"{kind}; charset=utf-8"
    assert response.headers["cache-control"] == age
    assert client.get(f"/graphql/static/{name}", headers={"if-none-match": response.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("name", ["missing.js", "../view.py", "%2e%2e/view.py", ""])
def test_nothing_else_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/graphql/static/{name}").status_code == 404


def test_vendored_files_are_small_and_have_their_licences() -> None:
    files = [path for path in STATIC.rglob("*") if path.is_file()]
    readme = (STATIC / "README.md").read_text()

    assert sum(path.stat().st_size for path in files) < 4_000_000
    for path in files:
        if ".min." in path.name and path.suffix == ".js":
            assert path.name in readme
    for licence in re.findall(r"licenses/[\w-]+\.txt", readme):
        assert "Permission is hereby granted" in (STATIC / licence).read_text()


def test_other_origins_are_not_invited(client: TestClient) -> None:
    response = client.post("/graphql", json={"query": "{ hello }"}, headers={"origin": "https://app.example.com"})

    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


def test_allowed_origins_may_send_credentials_in_headers(make_client: Callable[..., TestClient]) -> None:
    client = make_client(origins=("https://app.example.com",))
    origin = {"origin": "https://app.example.com"}
    asked = {
        **origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }

    preflight = client.options("/graphql", headers=asked)
    response = client.post("/graphql", json={"query": "{ hello }"}, headers=origin)
    stranger = client.post("/graphql", json={"query": "{ hello }"}, headers={"origin": "https://evil.example.com"})

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "https://app.example.com"
    assert response.headers["access-control-allow-origin"] == "https://app.example.com"
    assert set(response.headers["vary"].split(", ")) == {"Accept", "Origin"}
    assert "access-control-allow-origin" not in stranger.headers
