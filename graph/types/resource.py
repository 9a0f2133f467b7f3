"""What all types have in common: the interface, and the history behind it."""

from typing import Annotated

import strawberry

from graph.derive import add_columns, enumeration
from graph.resolvers import resource as resolvers
from graph.types.relation import Info, related
from models.identity import ROLE_MEANINGS, Role
from models.resource import STATE_MEANINGS, BuiltResource, State, Visibility
from models.resource import Resource as Row
from models.revision import Change
from models.revision import Revision as RevisionRow

enumeration(State, STATE_MEANINGS)
enumeration(
    Visibility,
    {Visibility.PRIVATE: "Only those with a role in its project.", Visibility.PUBLIC: "Everybody with its id."},
)
enumeration(Role, ROLE_MEANINGS)
enumeration(
    Change,
    {
        Change.CREATED: "The resource was made.",
        Change.PATCHED: "Some of its values changed.",
        Change.REVISED: "Its state was frozen on purpose.",
    },
)

User = Annotated["User", strawberry.lazy("graph.types.user")]
Project = Annotated["Project", strawberry.lazy("graph.types.project")]
Job = Annotated["Job", strawberry.lazy("graph.types.job")]


@strawberry.type(description="A value of a resource that differs between two of its revisions.")
class Difference:
    """One changed value."""

    name: str = strawberry.field(description="Which value.")
    before: strawberry.scalars.JSON | None = strawberry.field(description="What it was.")
    after: strawberry.scalars.JSON | None = strawberry.field(description="What it became.")


class Revision:
    """One step in the history of a resource."""

    @strawberry.field(description="Who did it.")
    async def author(self, info: Info) -> User | None:
        """The user, if they still exist."""
        return await related(info, self.author_id)

    @strawberry.field(description="The stored values as they were at this revision.")
    async def values(self, info: Info) -> strawberry.scalars.JSON:
        """The snapshot, or the current values for the newest revision."""
        return await resolvers.values_at(info.context, self.resource_id, self.number)

    @strawberry.field(description="What differs from an earlier revision; from the one before when left out.")
    async def diff(
        self,
        info: Info,
        since: Annotated[int | None, strawberry.argument(description="The number of the earlier revision.")] = None,
    ) -> list[Difference]:
        """The columns with different values."""
        number = self.number
        earlier = since if since is not None else number - 1
        changed = await resolvers.diff(info.context, self.resource_id, earlier, number)
        return [Difference(name=name, before=before, after=after) for name, before, after in changed]


add_columns(Revision, RevisionRow)
Revision.is_type_of = classmethod(lambda _cls, value, _info: isinstance(value, RevisionRow))
Revision = strawberry.type(Revision, description="One step in the history of a resource.")


@strawberry.interface(description="Anything with a global id, by which `node` finds it again.")
class Node:
    """The interface by which Relay's clients know what they can fetch again."""

    id: strawberry.ID = strawberry.field(description="The global id: kind, slash, 24 hexadecimal digits.")


class Resource(Node):
    """Anything that the graph stores, names and gives an id."""

    @strawberry.field(description="The project that it belongs to.")
    async def project(self, info: Info) -> Project | None:
        """The project, if the caller may see it."""
        return await related(info, self.project_id)

    @strawberry.field(description="Who made it.")
    async def creator(self, info: Info) -> User | None:
        """The user, if the caller may see them."""
        return await related(info, self.creator_id)

    @strawberry.field(description="What it is a copy of.")
    async def origin(self, info: Info) -> Annotated["Resource", strawberry.lazy("graph.types.resource")] | None:
        """The original, if the caller may see it."""
        return await related(info, self.origin_id)

    @strawberry.field(description="Its history, oldest first.")
    async def revisions(self, info: Info) -> list[Revision]:
        """All revisions."""
        return await resolvers.history(info.context, self.id)


add_columns(Resource, Row)
Resource = strawberry.interface(Resource, description="Anything that the graph stores, names and gives an id.")


class Built(Resource):
    """A resource that a job makes."""

    @strawberry.field(description="The job that makes it, or made it last.")
    async def job(self, info: Info) -> Job | None:
        """The job."""
        return await related(info, self.job_id)


add_columns(Built, BuiltResource)
Built = strawberry.interface(
    Built, name="BuiltResource", description="A resource that a job makes; its state is that of the job."
)
