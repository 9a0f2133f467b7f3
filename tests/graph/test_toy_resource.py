"""A new resource type costs its declarations: everything else is derived from them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import pytest
from sqlalchemy import create_engine
from sqlmodel import Field, SQLModel

from graph.app import make_services, running
from graph.context import Context
from graph.derive import resource
from graph.jobs.local import LocalExecutor
from graph.schema import SPECS, build_schema
from graph.settings import Settings
from graph.spec import Spec
from graph.types.resource import Resource
from models.columns import CREATE, FILTER, ORDER, PATCH
from models.identity import Identity, Role
from models.registry import register
from models.resource import Resource as ResourceRow

# The declarations of the new type: a table with markers, a GraphQL class, a SPEC.


class ToyRow(ResourceRow, table=True):
    """A thing to play with."""

    __tablename__ = "toy"
    kind = "toy"

    wheels: Annotated[int, CREATE, PATCH, FILTER, ORDER] = Field(default=4, ge=0, description="How many wheels it has.")
    color: Annotated[str | None, CREATE, PATCH, FILTER] = Field(default=None, description="What it looks like.")


register(ToyRow)


@resource(ToyRow)
class Toy(Resource):
    """A thing to play with."""


TOY = Spec(table=ToyRow, graph_type=Toy, plural="toys", required=frozenset({"name"}))

# Everything below only uses what follows from them.


class Caller:
    def __init__(self, schema, services, identity) -> None:
        self.schema, self.services, self.identity = schema, services, identity

    async def __call__(self, query: str, **variables):
        context = Context(self.services, self.identity)
        result = await self.schema.execute(query, variable_values=variables, context_value=context)
        assert result.errors is None, result.errors
        values = list(result.data.values())
        return values[0] if len(values) == 1 else result.data


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[tuple[Caller, Caller]]:
    settings = Settings(data_dir=tmp_path, bootstrap="admin:secret")
    engine = create_engine(settings.database)
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    services = make_services(settings, executor=LocalExecutor(functions=(), preload=()))
    async with running(services):
        admin = await services.directory.identify("secret")
        other = Identity(user_id="user/other", name="other", roles={})
        schema = build_schema(settings, (*SPECS, TOY))
        yield Caller(schema, services, admin), Caller(schema, services, other)


CREATE_TOY = """mutation($input: ToyCreateInput!) { createToy(input: $input) {
  __typename ... on Toy { id name wheels color revision tags } ... on Problem { message code path } } }"""


async def test_it_can_be_created_read_patched_revised_and_deleted(world) -> None:
    admin, _ = world

    made = await admin(CREATE_TOY, input={"name": "car", "tags": ["small"]})
    assert made == {
        "__typename": "Toy",
        "id": made["id"],
        "name": "car",
        "wheels": 4,
        "color": None,
        "revision": 1,
        "tags": ["small"],
    }
    patch = """mutation($id: ID!, $input: ToyPatchInput!, $at: Int) {
      patchToy(id: $id, input: $input, ifRevision: $at, message: "paint") {
        __typename ... on Toy { color wheels revision } ... on Problem { code path } } }"""
    assert await admin(patch, id=made["id"], input={"color": "red"}, at=1) == {
        "__typename": "Toy",
        "color": "red",
        "wheels": 4,
        "revision": 2,
    }
    assert await admin(patch, id=made["id"], input={"color": "blue"}, at=1) == {
        "__typename": "Conflict",
        "code": "CONFLICT",
        "path": ["ifRevision"],
    }
    assert (await admin(patch, id=made["id"], input={"color": None}))["color"] is None
    revise = """mutation($id: ID!) { reviseToy(id: $id, input: {wheels: 3, message: "lost one"}) {
      ... on Toy { wheels revision revisions { number change message isFrozen diff { name before after } } } } }"""
    revised = await admin(revise, id=made["id"])
    assert revised["wheels"] == 3
    assert [(r["number"], r["change"], r["message"], r["isFrozen"]) for r in revised["revisions"]] == [
        (1, "CREATED", "", False),
        (2, "PATCHED", "paint", False),
        (3, "PATCHED", "paint", False),
        (4, "REVISED", "lost one", True),
    ]
    assert {"name": "color", "before": None, "after": "red"} in revised["revisions"][1]["diff"]
    at_two = await admin("query($id: ID!) { toy(id: $id, revision: 2) { color wheels } }", id=made["id"])
    assert at_two == {"color": "red", "wheels": 4}
    delete = "mutation($id: ID!) { deleteToy(id: $id) { __typename ... on Deleted { id } } }"
    assert await admin(delete, id=made["id"]) == {"__typename": "Deleted", "id": made["id"]}
    assert (await admin(delete, id=made["id"]))["__typename"] == "NotFound"
    assert await admin("query($id: ID!) { toy(id: $id) { id } }", id=made["id"]) is None


async def test_it_is_listed_in_pages_with_filters_and_orders(world) -> None:
    admin, _ = world
    for number in range(7):
        await admin(CREATE_TOY, input={"name": f"toy {number}", "wheels": number % 3})

    listing = """query($after: String, $filter: ToyFilterInput) {
      toys(first: 2, after: $after, filter: $filter, orderBy: [{field: WHEELS}, {field: NAME, direction: DESC}]) {
        totalCount nodes { name wheels } pageInfo { hasNextPage endCursor } } }"""
    seen, after = [], None
    while True:
        page = await admin(listing, after=after, filter={"wheels": {"lte": 1}})
        assert page["totalCount"] == 5
        seen += [(toy["wheels"], toy["name"]) for toy in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [(0, "toy 6"), (0, "toy 3"), (0, "toy 0"), (1, "toy 4"), (1, "toy 1")]


async def test_bad_values_name_their_field_and_make_nothing(world) -> None:
    admin, _ = world

    refused = await admin(CREATE_TOY, input={"name": "car", "wheels": -1})

    assert refused == {
        "__typename": "InvalidInput",
        "message": "wheels: input should be greater than or equal to 0",
        "code": "INVALID_INPUT",
        "path": ["wheels"],
    }
    assert (await admin("{ toys { totalCount } }"))["totalCount"] == 0


async def test_a_repeated_call_with_an_idempotency_key_makes_one(world) -> None:
    admin, _ = world

    first = await admin(CREATE_TOY, input={"name": "car", "idempotencyKey": "k"})
    again = await admin(CREATE_TOY, input={"name": "car", "idempotencyKey": "k"})
    other = await admin(CREATE_TOY, input={"name": "bus", "idempotencyKey": "k"})

    assert again["id"] == first["id"]
    assert other["__typename"] == "Conflict"
    assert (await admin("{ toys { totalCount } }"))["totalCount"] == 1


async def test_others_neither_see_nor_change_it_without_a_role(world) -> None:
    admin, other = world
    project = await admin('mutation { createProject(input: {name: "p"}) { ... on Project { id } } }')
    toy = await admin(CREATE_TOY, input={"name": "car", "projectId": project["id"]})
    patch = """mutation($id: ID!) { patchToy(id: $id, input: {name: "mine"}) {
      __typename ... on Problem { code } } }"""

    assert await other("query($id: ID!) { toy(id: $id) { id } }", id=toy["id"]) is None
    assert (await other("{ toys { totalCount } }"))["totalCount"] == 0
    assert (await other(patch, id=toy["id"]))["code"] == "NOT_FOUND"

    other.identity = Identity(user_id="user/other", name="other", roles={project["id"]: Role.VIEWER})
    assert (await other("{ toys { totalCount } }"))["totalCount"] == 1
    assert (await other(patch, id=toy["id"]))["code"] == "NOT_PERMITTED"

    other.identity = Identity(user_id="user/other", name="other", roles={project["id"]: Role.EDITOR})
    assert (await other(patch, id=toy["id"]))["__typename"] == "Toy"


async def test_its_events_and_descriptions_come_along(world) -> None:
    admin, _ = world
    toy = await admin(CREATE_TOY, input={"name": "car"})

    stream = await admin.schema.stream(
        'subscription { resourceEvents(kinds: ["toy"], after: 0) { kind resourceId } }',
        context_value=Context(admin.services, admin.identity),
    )
    event = await anext(stream)
    await stream.aclose()

    assert event.data == {"resourceEvents": {"kind": "CREATED", "resourceId": toy["id"]}}
    assert '"""How many wheels it has."""' in admin.schema.as_str()
