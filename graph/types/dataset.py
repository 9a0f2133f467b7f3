"""Datasets in the graph."""

from typing import Annotated, cast

import strawberry
from strawberry.scalars import JSON

from graph.derive import resource
from graph.resolvers import dataset as resolvers
from graph.resolvers import reading
from graph.spec import Spec
from graph.types.field import Field, fields_of
from graph.types.relation import Info, related, related_many
from graph.types.resource import Built
from graph.types.source import Source
from models.dataset import Dataset as Row
from models.resource import State


@strawberry.type(description="A text that did not fit its column, and how often it occurs.")
class BadValue:
    """A text and its number."""

    text: str = strawberry.field(description="The text as it stands in the source.")
    count: int = strawberry.field(description="In how many rows.")


@strawberry.type(description="The values of a column that did not fit it, and were taken as missing.")
class FieldError:
    """What did not fit a column."""

    field_id: str = strawberry.field(description="The column.")
    total: int = strawberry.field(description="In how many rows.")
    sample: list[BadValue] = strawberry.field(description="Some of the texts.")


@strawberry.type(description="A part of the rows of a dataset.")
class Rows:
    """Some rows."""

    field_ids: list[str] = strawberry.field(description="The columns, in the order of the values.")
    values: list[list[JSON | None]] = strawberry.field(description="The rows, one list of values each.")
    json: JSON = strawberry.field(description="The same rows as one value, for programs that want many at once.")


@resource(Row)
class Dataset(Built):
    """Typed columns with a summary each."""

    @strawberry.field(description="The source that it is made from.")
    async def source(self, info: Info) -> Source | None:
        """The source, if it still exists."""
        return await related(info, self.source_id)

    @strawberry.field(description="The datasets that it is made from, in order.")
    async def parents(self, info: Info) -> list["Dataset"]:
        """The datasets that still exist."""
        return await related_many(info, self.parent_ids)

    @strawberry.field(description="Its columns; those of its parents that it keeps.")
    def fields(
        self,
        info: Info,
        ids: Annotated[list[str] | None, strawberry.argument(description="Only these columns, by id or name.")] = None,
    ) -> list[Field]:
        """The columns, with summaries that are read when they are selected."""
        row = cast("Row", self)  # resolvers get the stored row
        chosen = [each for each in row.fields if ids is None or each["id"] in ids or each["name"] in ids]
        return fields_of(chosen, lambda: reading.summaries(info.context, row))

    @strawberry.field(description="The values that did not fit their column.")
    def field_errors(self) -> list[FieldError]:
        """One entry for each column with such values."""
        return [
            FieldError(
                field_id=field_id,
                total=each["total"],
                sample=[BadValue(text=text, count=count) for text, count in each["sample"]],
            )
            for field_id, each in self.field_errors.items()
        ]

    @strawberry.field(description="How rows and columns were chosen from the parents.")
    def arguments(self) -> JSON:
        """The arguments as they were given."""
        return self.arguments

    @strawberry.field(description="Some of its rows; null until it is finished.")
    async def rows(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many, at most 1000.")] = 20,
        offset: Annotated[int, strawberry.argument(description="How many to pass over.")] = 0,
        fields: Annotated[
            list[str] | None, strawberry.argument(description="Only these columns, by id or name.")
        ] = None,
    ) -> Rows | None:
        """A page of rows in their stored order."""
        if self.state is not State.FINISHED:
            return None
        ids, values = await reading.rows(info.context, self, first=first, offset=offset, fields=fields)
        return Rows(field_ids=ids, values=values, json=values)


SPEC = Spec(
    table=Row,
    graph_type=Dataset,
    plural="datasets",
    extra_create=resolvers.EXTRA_CREATE,
    extra_patch=resolvers.EXTRA_PATCH,
    build=resolvers.build,
    change=resolvers.change,
    jobs=(resolvers.BUILD,),
)
