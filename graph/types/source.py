"""Sources in the graph."""

import strawberry

from graph.derive import resource
from graph.resolvers import source as resolvers
from graph.spec import Spec
from graph.types.field import Field, fields_of
from graph.types.relation import Info, related_many
from graph.types.resource import Built
from models.source import Source as Row


@strawberry.type(description="How the text of a source is read.")
class Parser:
    """The settled reading of a source."""

    header: bool | None = strawberry.field(description="Whether the first row holds the names of the columns.")
    separator: str | None = strawberry.field(description="What stands between cells.")
    quote: str | None = strawberry.field(description="What encloses cells that hold separators.")
    locale: str | None = strawberry.field(description="How numbers are written.")
    missing_tokens: list[str] = strawberry.field(description="The texts that mean that nothing is known.")
    trim: bool | None = strawberry.field(description="Whether spaces around cells are dropped.")
    format: str | None = strawberry.field(description="How the table is written.")
    encoding: str | None = strawberry.field(description="How the text is encoded.")


@resource(Row)
class Source(Built):
    """Raw bytes and how to read them."""

    @strawberry.field(description="Its columns, once it has been read.")
    def fields(self) -> list[Field]:
        """The columns."""
        return fields_of(self.fields)

    @strawberry.field(description="How its text is read.")
    def parser(self) -> Parser:
        """What was asked for, and what was detected."""
        known = {name: self.parser.get(name) for name in Parser.__annotations__}
        return Parser(**{**known, "missing_tokens": known["missing_tokens"] or []})

    @strawberry.field(description="The sources that it puts together, in order.")
    async def components(self, info: Info) -> list["Source"]:
        """The components that the caller may see."""
        return await related_many(info, self.component_ids)

    @strawberry.field(description="The address that it was fetched from, without what is secret in it.")
    def url(self) -> str | None:
        """The address without credentials."""
        return resolvers.shown_url(self.remote_url)


SPEC = Spec(
    table=Row,
    graph_type=Source,
    plural="sources",
    extra_create=resolvers.EXTRA_CREATE,
    internal_create=resolvers.INTERNAL_CREATE,
    extra_patch=resolvers.EXTRA_PATCH,
    prepare=resolvers.prepare,
    build=resolvers.build,
    change=resolvers.change,
    jobs=(resolvers.READ,),
)
