"""The root fields of a resource type, derived from its SPEC: one, many, create, patch, revise, delete."""

from collections.abc import Callable
from typing import Annotated, Any, Optional

import strawberry
from pydantic import Field, create_model

from graph.derive import given, input_type
from graph.lists import Connection, Edge, PageInfo, condition, filter_type, order_type, orders
from graph.resolvers import resource as resolvers
from graph.spec import Spec, checked, described
from graph.types.problem import problem_of, result_union
from graph.types.relation import Info
from models.errors import ResourceError
from models.page import PAGE_DEFAULT, PAGE_LIMIT, Page, Window


@strawberry.type(description="What was deleted.")
class Deleted:
    """The id of what is gone."""

    id: strawberry.ID = strawberry.field(description="The id of what is gone.")


DeletedResult = result_union("DeletedResult", Deleted)

REVISION = strawberry.argument(description="The number of an earlier revision; the newest when left out.")
IF_REVISION = strawberry.argument(description="Do it only if this is still the newest revision.")
MESSAGE = strawberry.argument(description="Why, for the history.")


async def outcome(work: Any) -> Any:
    """What a resolver gives, or the problem that it raised, as a member of a result."""
    try:
        return await work
    except ResourceError as error:
        problem = problem_of(error)
        if problem is None:
            raise
        return problem


def connection(page: Page[Any], count: Callable[[], Any]) -> Connection[Any]:
    """A page as the graph shows it."""
    edges = [Edge(cursor=cursor, node=row) for cursor, row in zip(page.cursors, page.rows, strict=True)]
    return Connection(
        edges=edges,
        nodes=page.rows,
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=page.cursors[0] if page.cursors else None,
            end_cursor=page.cursors[-1] if page.cursors else None,
        ),
        count=count,
    )


def query_fields(spec: Spec) -> dict[str, Any]:
    """The fields that read: one by id, and a list."""
    kind: Any = spec.graph_type
    filter_input, order_input = filter_type(spec), order_type(spec)
    words = spec.plural.replace("_", " ")

    async def one(
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],
        revision: Annotated[int | None, REVISION] = None,
    ) -> Any:
        return await resolvers.get(info.context, spec, id, revision=revision)

    one.__annotations__["return"] = Optional[kind]  # noqa: UP045  # built at run time

    async def many(
        info: Info,
        first: Annotated[
            int | None,
            strawberry.argument(description=f"How many, {PAGE_DEFAULT} when left out, at most {PAGE_LIMIT}."),
        ] = None,
        after: Annotated[str | None, strawberry.argument(description="Begin behind this cursor.")] = None,
        last: Annotated[int | None, strawberry.argument(description="How many, counted from the end.")] = None,
        before: Annotated[str | None, strawberry.argument(description="End before this cursor.")] = None,
        filter: Any = None,
        order_by: Any = None,
    ) -> Any:
        where = condition(filter)
        window = Window(first=first, after=after, last=last, before=before)
        page = await resolvers.page(info.context, spec, window, where=where, orders=orders(order_by))
        return connection(page, lambda: resolvers.total(info.context, spec, where=where))

    many.__annotations__["filter"] = Annotated[
        Optional[filter_input], strawberry.argument(description=f"Which {words} to list.")  # noqa: UP045
    ]
    many.__annotations__["order_by"] = Annotated[
        Optional[list[order_input]],  # noqa: UP045
        strawberry.argument(description="The order; the newest first when left out."),
    ]
    many.__annotations__["return"] = Connection[kind]
    return {
        spec.singular: strawberry.field(one, description=f"The {spec.singular.replace('_', ' ')} with that id."),
        spec.plural: strawberry.field(many, description=f"A page of the {words} that you may see."),
    }


def mutation_fields(spec: Spec) -> dict[str, Any]:
    """The fields that change: those of create, patch, revise and delete that the type has."""
    words = spec.singular.replace("_", " ")
    result = result_union(f"{spec.name}Result", spec.graph_type)
    fields: dict[str, Any] = {}
    if spec.is_creatable:
        fields[f"create_{spec.singular}"] = _create(spec, result, f"Makes a {words}.")
    if spec.is_patchable:
        fields[f"patch_{spec.singular}"] = _patch(spec, result, f"Changes a {words}: absent keeps, null clears.")
    if spec.is_revisable:
        fields[f"revise_{spec.singular}"] = _revise(
            spec, result, f"Freezes a {words}, with these changes, as its next revision."
        )
    if spec.is_deletable:
        fields[f"delete_{spec.singular}"] = _delete(spec, f"Deletes a {words} with its history.")
    return fields


def _create(spec: Spec, result: Any, description: str) -> Any:
    key: Any = Field(
        None,
        min_length=1,
        max_length=200,
        description="Repeating a call with the same key and values makes nothing new.",
    )
    key_fields = described({"idempotency_key": (str | None, key)})
    key_model = create_model("Key", **{name: (info.annotation, info) for name, info in key_fields.items()})
    fields = spec.create_fields | key_fields
    kind = input_type(fields, name=f"{spec.name}CreateInput", description=f"What a new {spec.singular} needs.")

    async def create(info: Info, input: Any) -> Any:
        values = given(input)
        key = values.pop("idempotency_key", None)

        async def created() -> Any:
            checked(key_model, {"idempotency_key": key})
            return await resolvers.create(info.context, spec, values, idempotency_key=key)

        return await outcome(created())

    return _mutation(create, input=kind, result=result, description=description)


def _patch(spec: Spec, result: Any, description: str) -> Any:
    kind = input_type(
        spec.patch_fields,
        name=f"{spec.name}PatchInput",
        description=f"What may change on a {spec.singular}.",
        partial=True,
    )

    async def patch(
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],
        input: Any,
        if_revision: Annotated[int | None, IF_REVISION] = None,
        message: Annotated[str, MESSAGE] = "",
    ) -> Any:
        return await outcome(
            resolvers.patch(info.context, spec, id, given(input), if_revision=if_revision, message=message)
        )

    return _mutation(patch, input=kind, result=result, description=description)


def _revise(spec: Spec, result: Any, description: str) -> Any:
    note: Any = Field(None, max_length=10_000, description="Why, for the history.")
    fields = spec.patch_fields | described({"message": (str | None, note)})
    kind = input_type(
        fields, name=f"{spec.name}ReviseInput", description=f"A new revision of a {spec.singular}.", partial=True
    )

    async def revise(
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],
        input: Any,
        if_revision: Annotated[int | None, IF_REVISION] = None,
    ) -> Any:
        values = given(input)
        message = values.pop("message", None) or ""
        return await outcome(resolvers.revise(info.context, spec, id, values, if_revision=if_revision, message=message))

    return _mutation(revise, input=kind, result=result, description=description)


def _delete(spec: Spec, description: str) -> Any:
    async def delete(info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]) -> Any:
        return await outcome(_deleted(info, spec, id))

    return _mutation(delete, input=None, result=DeletedResult, description=description)


async def _deleted(info: Info, spec: Spec, id: str) -> Deleted:
    return Deleted(id=strawberry.ID(await resolvers.delete(info.context, spec, id)))


def _mutation(function: Any, *, input: Any, result: Any, description: str) -> Any:
    if input is not None:
        function.__annotations__["input"] = Annotated[input, strawberry.argument(description="The values.")]
    function.__annotations__["return"] = result
    return strawberry.mutation(function, description=description)
