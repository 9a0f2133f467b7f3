"""What the schema promises as a whole."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    introspection_from_schema,
    validate_schema,
)
from graphql.utilities import build_client_schema, print_schema

from graph.schema import SPECS, sdl

SNAPSHOT = Path(__file__).parents[2] / "schema.graphql"
TEXT = sdl()
SCHEMA = build_schema(TEXT)


def test_snapshot_is_the_schema() -> None:
    """`schema.graphql` is what the server serves; `make schema` writes it."""
    assert SNAPSHOT.read_text() == TEXT + "\n"


def test_schema_is_valid_and_survives_introspection() -> None:
    """A client that introspects sees the same schema."""
    assert validate_schema(SCHEMA) == []
    assert print_schema(build_client_schema(introspection_from_schema(SCHEMA))) == print_schema(SCHEMA)


def described() -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    for name, kind in SCHEMA.type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        found.append((name, kind.description))
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in kind.fields.items():
                found.append((f"{name}.{field_name}", field.description))
                found.extend((f"{name}.{field_name}({arg})", each.description) for arg, each in field.args.items())
        elif isinstance(kind, GraphQLInputObjectType):
            found.extend((f"{name}.{member}", each.description) for member, each in kind.fields.items())
        elif isinstance(kind, GraphQLEnumType):
            found.extend((f"{name}.{value}", each.description) for value, each in kind.values.items())
    return found


def test_everything_is_described_in_sentences() -> None:
    """Types, fields, arguments, inputs and enum values: a capital letter and a full stop."""
    bad = [
        name
        for name, text in described()
        if not text or not (text[0].isupper() or text[0] in "`") or not text.rstrip().endswith((".", ")"))
    ]

    assert bad == []


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)
def test_every_resource_type_has_its_root_fields(spec) -> None:
    """One, many, and the mutations that its spec allows."""
    query, mutation = SCHEMA.query_type, SCHEMA.mutation_type
    assert query is not None
    assert mutation is not None
    camel = spec.name[0].lower() + spec.name[1:]

    assert camel in query.fields
    assert query.fields[camel].args.keys() == {"id", "revision"}
    plural = next(name for name, field in query.fields.items() if str(field.type) == f"{spec.name}Connection!")
    assert query.fields[plural].args.keys() == {"first", "after", "last", "before", "filter", "orderBy"}
    for verb, allowed in (
        ("patch", spec.is_patchable),
        ("revise", spec.is_revisable),
        ("delete", spec.is_deletable),
    ):
        assert (f"{verb}{spec.name}" in mutation.fields) == allowed


def test_connections_follow_the_relay_specification() -> None:
    """Edges with node and cursor, and the four fields of PageInfo."""
    for name, kind in SCHEMA.type_map.items():
        if name.endswith("Connection"):
            assert isinstance(kind, GraphQLObjectType)
            assert {"edges", "nodes", "pageInfo", "totalCount"} == kind.fields.keys()
            edge = SCHEMA.type_map[name.removesuffix("Connection") + "Edge"]
            assert isinstance(edge, GraphQLObjectType)
            assert edge.fields.keys() == {"cursor", "node"}
    info = SCHEMA.type_map["PageInfo"]
    assert isinstance(info, GraphQLObjectType)
    assert info.fields.keys() == {"hasNextPage", "hasPreviousPage", "startCursor", "endCursor"}


def test_results_of_mutations_share_one_list_of_problems() -> None:
    """Every result is the thing itself or one of the six problems."""
    problems = {"Conflict", "InvalidInput", "LimitReached", "NotFound", "NotPermitted", "Unavailable"}
    mutation = SCHEMA.mutation_type
    assert mutation is not None

    for field in mutation.fields.values():
        union = SCHEMA.type_map[str(field.type).rstrip("!")]
        members = {member.name for member in union.types}  # type: ignore[attr-defined]
        assert problems < members
        assert len(members) == len(problems) + 1
