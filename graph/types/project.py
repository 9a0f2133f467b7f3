"""Projects in the graph."""

import strawberry

from graph.derive import enumeration, resource
from graph.resolvers import project as resolvers
from graph.spec import Spec
from graph.types.relation import Info
from graph.types.resource import Resource, Role
from graph.types.user import User
from models.project import PROJECT_KIND_MEANINGS, ProjectKind
from models.project import Project as Row

enumeration(ProjectKind, PROJECT_KIND_MEANINGS)


@strawberry.type(description="A user with a role in a project.")
class Member:
    """A user with a role."""

    user: User = strawberry.field(description="The user.")
    role: Role = strawberry.field(description="What they may do.")


@strawberry.type(description="How many resources of one kind there are.")
class KindCount:
    """A number of resources."""

    kind: str = strawberry.field(description="The word that their ids begin with.")
    count: int = strawberry.field(description="How many there are.")


@resource(Row)
class Project(Resource):
    """A room for resources."""

    @strawberry.field(description="The users with a role in it.")
    async def members(self, info: Info) -> list[Member]:
        """All members."""
        found = await resolvers.members(info.context, self.id)
        return [Member(user=user, role=role) for user, role in found]

    @strawberry.field(description="How many resources of each kind are in it.")
    async def counts(self, info: Info) -> list[KindCount]:
        """Kinds with at least one resource."""
        found = await resolvers.counts(info.context, self.id)
        return [KindCount(kind=kind, count=count) for kind, count in found.items()]


SPEC = Spec(
    table=Row,
    graph_type=Project,
    plural="projects",
    build=resolvers.build,
    cascade=resolvers.cascade,
    after=resolvers.refresh,
)
