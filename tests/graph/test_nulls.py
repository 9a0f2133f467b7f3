"""Null in an input: what may be left out may be null, and what is cleared has its default again."""

import pytest

from tests.server import Graph

PATCH = """mutation($id: ID!, $input: ProjectPatchInput!) { patchProject(id: $id, input: $input) {
  ... on Project { name description tags category custom visibility project { id } } } }"""


@pytest.mark.parametrize(
    ("name", "value", "cleared"),
    [
        ("name", "a name", ""),
        ("description", "some text", ""),
        ("tags", ["a"], []),
        ("category", 7, 0),
        ("custom", {"a": 1}, {}),
        ("visibility", "PUBLIC", "PRIVATE"),
    ],
)
def test_null_in_a_patch_clears(graph: Graph, name: str, value: object, cleared: object) -> None:
    id = graph.create("Project")["id"]

    assert graph(PATCH, id=id, input={name: value})[name] == value
    assert graph(PATCH, id=id, input={name: None})[name] == cleared


def test_null_where_there_is_no_default_is_refused(graph: Graph) -> None:
    user = graph.create("User", name="null patched")

    refused = graph(
        """mutation($id: ID!) { patchUser(id: $id, input: {name: null}) {
          __typename ... on Problem { path } } }""",
        id=user["id"],
    )

    assert refused == {"__typename": "InvalidInput", "path": ["name"]}


def test_null_in_a_create_call_is_as_good_as_nothing(graph: Graph, iris: str) -> None:
    source = graph.create(
        "Source",
        data=iris,
        name=None,
        tags=None,
        custom=None,
        url=None,
        parser={"header": None, "missingTokens": None},
        termAnalysis={"enabled": None, "tokenMode": None},
        isDatetimeDisabled=None,
        idempotencyKey=None,
    )
    dataset = graph.create("Dataset", sourceId=source["id"], sampling={"rate": None, "seed": None}, inputs=None)
    model = graph.create(
        "Model",
        datasetId=dataset["id"],
        algorithm=None,
        catboost=None,
        decisionTree={"nodeThreshold": None, "missingSplits": None},
    )

    assert graph.finished("Model", model["id"], "rowCount algorithm") == {
        "rowCount": 150,
        "algorithm": "DECISION_TREE",
        "state": "FINISHED",
        "stateMessage": "The model has been created",
    }


def test_null_clears_what_is_said_of_a_column(graph: Graph, iris: str) -> None:
    source = graph.make("Source", data=iris)["id"]
    patch = """mutation($id: ID!, $field: FieldChangeInput!) { patchSource(id: $id, input: {fields: [$field]}) {
      ... on Source { fields { label description isPreferred timeFormats } } } }"""
    graph(patch, id=source, field={"id": "000000", "label": "l", "description": "d", "preferred": False})

    nothing = {"label": None, "description": None, "preferred": None, "timeFormats": None, "locale": None}
    cleared = graph(patch, id=source, field={"id": "000000", **nothing})

    assert cleared["fields"][0] == {"label": "", "description": "", "isPreferred": True, "timeFormats": []}


@pytest.mark.parametrize(
    ("filter", "count"),
    [
        ({"name": None}, 2),
        ({"and": None, "or": None, "not": None}, 2),
        ({"category": {"in": None, "gt": None}}, 2),
        ({"projectId": {"eq": None}}, 2),
        ({"projectId": {"ne": None}}, 0),
        ({"visibility": {"eq": None}}, 0),
    ],
)
def test_null_in_a_filter_says_nothing_but_eq_and_ne_ask_for_it(graph: Graph, filter: dict, count: int) -> None:
    if graph('{ projects(filter: {tags: {eq: "nulls"}}) { totalCount } }')["totalCount"] == 0:
        for name in ("one", "two"):
            graph.create("Project", name=name, tags=["nulls"])

    query = "query($f: ProjectFilterInput!) { projects(filter: $f, orderBy: [{field: NAME, direction: null}]) "
    found = graph(query + "{ totalCount } }", f={"tags": {"eq": "nulls"}, "and": [filter]})

    assert found == {"totalCount": count}
