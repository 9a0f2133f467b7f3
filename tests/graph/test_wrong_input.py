"""Bad input of every kind: a typed problem that names the field, and nothing half made."""

import pytest

from tests.server import Graph, Server

NOWHERE = "000000000000000000000000"


def count(graph: Graph, plural: str) -> int:
    return graph(f"{{ {plural} {{ totalCount }} }}")["totalCount"]


@pytest.mark.parametrize(
    ("values", "problem", "path"),
    [
        ({}, "InvalidInput", ["data"]),
        ({"data": "a\n1\n", "url": "http://example.com/x.csv"}, "InvalidInput", ["url"]),
        ({"data": "a\n1\n", "tags": ["\u0001"]}, "InvalidInput", ["tags", "0"]),
        ({"data": "a\n1\n", "name": "n" * 501}, "InvalidInput", ["name"]),
        ({"data": "a\n1\n", "name": "a\u0000b"}, "InvalidInput", ["name"]),
        ({"data": "a\n1\n", "custom": {"k": ["\u0000"]}}, "InvalidInput", ["custom", "k", "0"]),
        ({"data": "a\n1\n", "projectId": "project/a\u0000b"}, "InvalidInput", ["projectId"]),
        ({"data": "a\n1\n", "parser": {"separator": "ab"}}, "InvalidInput", ["parser", "separator"]),
        ({"data": "a\n1\n", "projectId": f"project/{NOWHERE}"}, "InvalidInput", ["projectId"]),
        ({"componentIds": []}, "InvalidInput", ["componentIds"]),
        ({"componentIds": [f"source/{NOWHERE}"]}, "NotFound", ["componentIds"]),
        ({"componentIds": [f"dataset/{NOWHERE}"]}, "InvalidInput", ["componentIds"]),
        ({"originId": f"source/{NOWHERE}"}, "NotFound", ["originId"]),
    ],
)
def test_a_bad_source_is_refused(graph: Graph, values: dict, problem: str, path: list[str]) -> None:
    before = count(graph, "sources")

    refused = graph.attempt("Source", **values)

    assert (refused["__typename"], refused["path"]) == (problem, path)
    assert refused["message"]
    assert count(graph, "sources") == before


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\x00\x01\x02\x03" * 500, "noise.bin"),
        (b"\x1f\x8b\x08\x00broken", "table.csv.gz"),
        (b'{"a": [1, 2', "table.json"),
        (b"@relation x\n@attribute a nonsense\n@data\n1\n", "table.arff"),
        (b"PK\x03\x04 not a workbook", "book.xlsx"),
        (b"PAR1 not really PAR1", "table.parquet"),
        (b"\n\n\n", "blank.csv"),
    ],
)
def test_an_unreadable_file_fails_with_its_reason(graph: Graph, content: bytes, name: str) -> None:
    made = graph.http.post("/upload", params={"name": name}, content=content)
    assert made.status_code == 201

    ended = graph.ended("Source", made.json()["id"], "stateMessage fields { id } job { errorCode message }")

    assert ended["state"] == "FAILED"
    assert ended["job"]["errorCode"] == "INVALID_DATA"
    assert ended["stateMessage"] == ended["job"]["message"]
    assert len(ended["stateMessage"]) > 10
    assert "Traceback" not in ended["stateMessage"]
    assert ended["fields"] == []


def test_what_waits_for_a_failed_resource_fails_as_well(graph: Graph) -> None:
    source = graph.http.post("/upload", params={"name": "x.bin"}, content=b"\x00" * 100).json()
    dataset = graph.attempt("Dataset", sourceId=source["id"])

    ended = graph.ended("Dataset", dataset["id"], "stateMessage job { errorCode }")

    assert ended["state"] == "FAILED"
    assert ended["job"]["errorCode"] == "DEPENDENCY_FAILED"
    assert source["id"] in ended["stateMessage"]


@pytest.mark.parametrize(
    ("kind", "values", "problem", "path"),
    [
        ("Dataset", {}, "InvalidInput", ["sourceId"]),
        ("Dataset", {"sourceId": f"source/{NOWHERE}"}, "NotFound", ["sourceId"]),
        ("Dataset", {"sourceId": "nonsense"}, "NotFound", ["sourceId"]),
        ("Dataset", {"parents": [{"id": f"dataset/{NOWHERE}"}]}, "NotFound", ["parents", "0", "id"]),
        ("Dataset", {"parents": [{"id": "x", "rate": -1}]}, "InvalidInput", ["parents", "0", "rate"]),
        ("Model", {}, "InvalidInput", ["datasetId"]),
        ("Model", {"datasetId": f"dataset/{NOWHERE}"}, "NotFound", ["datasetId"]),
        ("Prediction", {"modelId": f"model/{NOWHERE}", "inputData": {}}, "NotFound", ["modelId"]),
        (
            "Evaluation",
            {"modelId": f"model/{NOWHERE}", "datasetId": f"dataset/{NOWHERE}"},
            "NotFound",
            ["modelId"],
        ),
        ("Webhook", {"url": "ftp://example.com"}, "InvalidInput", ["url"]),
        ("User", {"name": " "}, "InvalidInput", ["name"]),
        ("User", {"name": "TESTER"}, "Conflict", ["name"]),
    ],
)
def test_a_bad_reference_is_refused(graph: Graph, kind: str, values: dict, problem: str, path: list[str]) -> None:
    refused = graph.attempt(kind, **values)

    assert (refused["__typename"], refused["path"]) == (problem, path)


@pytest.fixture(scope="module")
def dataset(shared_server: Server, iris: str) -> str:
    graph = shared_server.graph()
    return graph.make("Dataset", sourceId=graph.create("Source", data=iris)["id"])["id"]


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"algorithm": "CATBOOST", "catboost": {"iterations": 0}}, ["catboost", "iterations"]),
        ({"catboost": {"iterations": 10}}, ["catboost"]),
        ({"decisionTree": {"nodeThreshold": 0}}, ["decisionTree", "nodeThreshold"]),
        ({"sampling": {"rate": 0}}, ["sampling", "rate"]),
        ({"sampling": {"range": [1]}}, ["sampling", "range"]),
    ],
)
def test_a_bad_parameter_is_refused_at_once(graph: Graph, dataset: str, values: dict, path: list[str]) -> None:
    before = count(graph, "models")

    refused = graph.attempt("Model", datasetId=dataset, **values)

    assert (refused["__typename"], refused["path"]) == ("InvalidInput", path)
    assert count(graph, "models") == before


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"objective": "nothing"}, ["objective"]),
        ({"inputs": ["nothing"]}, ["inputs"]),
        ({"inputs": ["species"]}, ["inputs"]),
    ],
)
def test_a_field_that_is_not_there_fails_the_job_and_is_named(
    graph: Graph, dataset: str, values: dict, path: list[str]
) -> None:
    model = graph.attempt("Model", datasetId=dataset, **values)
    if model["__typename"] == "InvalidInput":
        assert model["path"][: len(path)] == path
        return

    ended = graph.ended("Model", model["id"], "stateMessage job { errorCode errorPath }")

    assert ended["state"] == "FAILED"
    assert ended["job"] == {"errorCode": "INVALID_DATA", "errorPath": path}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ datasets { nodes { id }", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ datasets(first: 201) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ datasets(first: -1) { nodes { id } } }", "BAD_USER_INPUT"),
        ('{ datasets(after: "x") { nodes { id } } }', "BAD_USER_INPUT"),
        ("{ datasets(first: 1, last: 1) { nodes { id } } }", "BAD_USER_INPUT"),
    ],
)
def test_a_bad_query_says_what_is_wrong(graph: Graph, query: str, code: str) -> None:
    body = graph.raw(query)

    assert [error["extensions"]["code"] for error in body["errors"]] == [code]
    assert "Traceback" not in str(body)


def test_a_caller_without_a_key_may_do_nothing(shared_server: Server) -> None:
    nobody = shared_server.graph("")

    body = nobody.raw('mutation { createProject(input: {name: "x"}) { __typename } }')
    assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert nobody.raw("{ projects { totalCount } }")["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert nobody.raw(f'{{ dataset(id: "dataset/{NOWHERE}") {{ id }} }}') == {
        "data": {"dataset": None},
        "extensions": nobody.raw(f'{{ dataset(id: "dataset/{NOWHERE}") {{ id }} }}')["extensions"],
    }
    assert nobody.http.post("/upload", content=b"a\n1\n").status_code == 401


def test_a_wrong_key_is_refused_with_401(shared_server: Server) -> None:
    stranger = shared_server.graph("f" * 40)

    answer = stranger.http.post("/graphql", json={"query": "{ viewer { id } }"})

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_only_those_with_a_role_change_a_project(graph: Graph, shared_server: Server) -> None:
    user = graph.create("User", name="viewer")
    key = graph(
        'mutation($u: ID!) { createApiKey(input: {userId: $u, name: "k"}) { ... on NewApiKey { secret } } }',
        u=user["id"],
    )["secret"]
    project = graph.create("Project", name="closed")
    viewer = shared_server.graph(key)
    assert viewer.get("Project", project["id"], "name") is None

    role = "mutation($p: ID!, $u: ID!, $r: Role) { setProjectRole(projectId: $p, userId: $u, role: $r) { __typename } }"
    graph(role, p=project["id"], u=user["id"], r="VIEWER")
    assert viewer.get("Project", project["id"], "name") == {"name": "closed"}
    refused = viewer.attempt("Source", data="a\n1\n", projectId=project["id"])
    assert (refused["__typename"], refused["path"]) == ("NotPermitted", ["projectId"])
    assert viewer.attempt("User", name="other")["__typename"] == "NotPermitted"

    graph(role, p=project["id"], u=user["id"], r="EDITOR")
    assert viewer.attempt("Source", data="a\n1\n", projectId=project["id"])["__typename"] == "Source"
    graph(role, p=project["id"], u=user["id"], r=None)
    assert viewer.get("Project", project["id"], "name") is None


def test_an_upload_beyond_the_limit_is_refused_and_leaves_nothing(server: Server) -> None:
    server.settings["upload_limit_bytes"] = "1000"
    graph = server.start().graph()

    def pieces():
        for _ in range(20):
            yield b"1,2,3\n" * 20

    declared = graph.http.post("/upload", content=b"1,2\n" * 1000)
    streamed = graph.http.post("/upload", content=pieces())

    for answer in (declared, streamed):
        assert answer.status_code == 413
        assert answer.json()["code"] == "LIMIT_REACHED"
        assert answer.json()["path"] == ["body"]
    assert count(graph, "sources") == 0
    assert list((server.folder / "blobs" / "incoming").iterdir()) == []
