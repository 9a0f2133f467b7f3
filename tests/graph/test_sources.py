"""Sources that are not simply a file: addresses, compositions, and what may be changed on them."""

import pytest

from tests.server import Graph, Server


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/x",
        "x",
        "http://",
        "file:///etc/passwd",
        "http://u:p@example.com/",
        "http://[::1/x",
        "http://a:0/",
    ],
)
@pytest.mark.parametrize("kind", ["Source", "Webhook"])
def test_an_address_that_cannot_be_requested_is_refused_at_once(graph: Graph, kind: str, url: str) -> None:
    refused = graph.attempt(kind, url=url)

    assert (refused["__typename"], refused["path"]) == ("InvalidInput", ["url"])


def test_a_private_address_is_refused_unless_the_server_allows_it(server: Server) -> None:
    server.settings["allow_private_urls"] = "false"
    graph = server.start().graph()
    source = graph.create("Source", url="http://127.0.0.1:9/table.csv")

    ended = graph.ended("Source", source["id"], "stateMessage job { errorCode errorPath }")

    assert ended["stateMessage"] == "127.0.0.1 is not a public address"
    assert ended["job"] == {"errorCode": "INVALID_DATA", "errorPath": ["url"]}


def test_a_composite_has_no_file_to_fetch(graph: Graph) -> None:
    part = graph.create("Source", data="a,b\n1,2\n")["id"]
    composite = graph.make("Source", componentIds=[part])["id"]

    answer = graph.http.get(f"/download/{composite}")

    assert answer.status_code == 400
    assert answer.json()["path"] == ["id"]


def test_a_source_with_a_file_does_not_become_a_composite(graph: Graph) -> None:
    source = graph.make("Source", data="a,b\n1,2\n")["id"]

    refused = graph(
        """mutation($id: ID!) { patchSource(id: $id, input: {componentIds: [$id]}) {
          __typename ... on Problem { path } } }""",
        id=source,
    )

    assert refused == {"__typename": "InvalidInput", "path": ["componentIds"]}


def test_a_bad_regular_expression_is_refused_at_once(graph: Graph) -> None:
    refused = graph.attempt("Source", data="a,b\n1,2\n", itemAnalysis={"separatorRegexp": "(["})

    assert (refused["__typename"], refused["path"]) == ("InvalidInput", ["itemAnalysis", "separatorRegexp"])


def test_a_dataset_that_is_not_finished_has_no_rows_yet(graph: Graph) -> None:
    failed = graph.create("Source", data="")["id"]
    dataset = graph.create("Dataset", sourceId=failed)["id"]

    assert graph.get("Dataset", dataset, "rows { values } fields { id }") == {"rows": None, "fields": []}
