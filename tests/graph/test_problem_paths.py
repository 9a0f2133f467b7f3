"""A problem names the input as the client knows it: from the outside in, in the spelling of the schema."""

import pytest

from tests.server import Graph, Server

PREDICT = """query($m: ID!, $row: JSON!, $options: PredictionOptionsInput) {
  predict(model: $m, input: $row, options: $options) { __typename ... on Problem { path } } }"""


@pytest.fixture(scope="module")
def made(shared_server: Server, iris: str) -> dict[str, str]:
    graph = shared_server.graph()
    source = graph.create("Source", data=iris)["id"]
    dataset = graph.create("Dataset", sourceId=source)["id"]
    model = graph.make("Model", datasetId=dataset)["id"]
    return {"source": source, "dataset": dataset, "model": model}


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"decisionTree": {"weightField": "nope"}}, ["decisionTree", "weightField"]),
        ({"decisionTree": {"weightField": "species"}}, ["decisionTree", "weightField"]),
        ({"algorithm": "CATBOOST", "catboost": {"lossFunction": "RMSE"}}, ["catboost", "lossFunction"]),
    ],
)
def test_a_failed_training_names_the_parameter(graph: Graph, made: dict, values: dict, path: list[str]) -> None:
    model = graph.create("Model", datasetId=made["dataset"], **values)

    ended = graph.ended("Model", model["id"], "job { errorCode errorPath }")

    assert ended["job"] == {"errorCode": "INVALID_DATA", "errorPath": path}


def test_rows_are_weighted_by_a_column_given_by_name(graph: Graph, made: dict) -> None:
    weighted = {"decisionTree": {"weightField": "petal width"}}

    model = graph.make("Model", "inputIds parameters", datasetId=made["dataset"], objective="species", **weighted)

    assert model["parameters"]["weight_field"] == "000003"


@pytest.mark.parametrize(
    ("kind", "values", "path"),
    [
        ("Evaluation", {"sampling": {"range": [1, 1000]}}, ["sampling", "range"]),
        (
            "Evaluation",
            {"options": {"operatingPoint": {"positiveClass": "x"}}},
            ["options", "operatingPoint", "positiveClass"],
        ),
        ("Evaluation", {"options": {"kind": "VOTES"}}, ["options", "kind"]),
        ("Evaluation", {"fieldsMap": {"petal length": "x_y"}}, ["fieldsMap", "petal length"]),
    ],
)
def test_a_failed_scoring_names_the_argument(
    graph: Graph, made: dict, kind: str, values: dict, path: list[str]
) -> None:
    job = graph.create(kind, modelId=made["model"], datasetId=made["dataset"], **values)

    ended = graph.ended(kind, job["id"], "job { errorCode errorPath }")

    assert ended["job"] == {"errorCode": "INVALID_DATA", "errorPath": path}


def test_a_failed_reading_names_the_member_of_the_parser(graph: Graph) -> None:
    source = graph.create("Source", data="a,b\n1,2\n", parser={"encoding": "klingon"})

    ended = graph.ended("Source", source["id"], "job { errorPath }")

    assert ended["job"] == {"errorPath": ["parser", "encoding"]}


@pytest.mark.parametrize(
    ("kind", "values", "path"),
    [
        ("Dataset", {"parents": [{"range": [100, 900]}]}, ["parents", "0", "range"]),
        ("Model", {"parents": [{}, {"range": [0, 9]}]}, ["parents", "1", "range"]),
        ("Model", {"sampling": {"range": [1, 900]}}, ["sampling", "range"]),
        ("BatchPrediction", {"output": {"separator": '"'}}, ["output", "separator"]),
        ("BatchPrediction", {"output": {"outputFields": ["species", "x"]}}, ["output", "outputFields", "1"]),
        ("Dataset", {"fields": [{"id": "000000", "name": ""}]}, ["fields", "0", "name"]),
    ],
)
def test_what_can_be_known_at_once_is_refused_at_once(
    graph: Graph, made: dict, kind: str, values: dict, path: list[str]
) -> None:
    if "parents" in values:
        values = {"parents": [{"id": made["dataset"], **each} for each in values["parents"]]}
    elif kind == "Dataset":
        values = {**values, "sourceId": made["source"]}
    else:
        values = {**values, "datasetId": made["dataset"]}
    if kind == "BatchPrediction":
        values["modelId"] = made["model"]

    refused = graph.attempt(kind, **values)

    assert (refused["__typename"], refused["path"]) == ("InvalidInput", path)


@pytest.mark.parametrize(
    ("row", "options", "path"),
    [
        ({"petal length": "long"}, None, ["input", "petal length"]),
        ({}, {"kind": "VOTES"}, ["options", "kind"]),
        ({}, {"operatingPoint": {"positiveClass": "x"}}, ["options", "operatingPoint", "positiveClass"]),
    ],
)
def test_a_prediction_names_the_value(graph: Graph, made: dict, row: dict, options: dict, path: list[str]) -> None:
    refused = graph(PREDICT, m=made["model"], row=row, options=options)

    assert refused == {"__typename": "InvalidInput", "path": path}


def test_a_prediction_of_many_names_the_row(graph: Graph, made: dict) -> None:
    body = graph.raw(
        "query($m: ID!, $rows: [JSON!]!) { predictMany(model: $m, rows: $rows) { output } }",
        m=made["model"],
        rows=[{}, {"petal length": "long"}],
    )

    [error] = body["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert [str(step) for step in error["extensions"]["path"]] == ["rows", "1", "petal length"]


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_an_idempotency_key_has_a_length(graph: Graph, key: str) -> None:
    refused = graph.attempt("Project", name="x", idempotencyKey=key)

    assert (refused["__typename"], refused["path"]) == ("InvalidInput", ["idempotencyKey"])


def test_an_idempotency_key_belongs_to_one_kind_of_resource(graph: Graph) -> None:
    graph.create("Project", name="of two kinds", idempotencyKey="of two kinds")

    refused = graph.attempt("User", name="of two kinds", idempotencyKey="of two kinds")

    assert (refused["__typename"], refused["path"]) == ("Conflict", ["idempotencyKey"])
    assert "another input" in refused["message"]


@pytest.mark.parametrize(
    ("number", "is_refused"), [("1.5", True), ('"x"', True), ("true", True), ("9007199254740993", True), ('"5"', False)]
)
def test_a_big_integer_is_whole(graph: Graph, number: str, is_refused: bool) -> None:
    body = graph.raw(f"{{ sources(filter: {{size: {{eq: {number}}}}}) {{ totalCount }} }}")

    assert ("errors" in body) is is_refused
    if is_refused:
        assert body["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
