"""Users and their keys in the graph."""

import strawberry

from graph.derive import resource
from graph.resolvers import user as resolvers
from graph.spec import Spec
from graph.types.relation import Info, related
from graph.types.resource import Resource
from models.identity import ApiKey as KeyRow
from models.identity import User as Row


@resource(Row)
class User(Resource):
    """Somebody who may use the server."""


@resource(KeyRow)
class ApiKey(Resource):
    """A secret that stands for a user."""

    @strawberry.field(description="Whom it stands for.")
    async def user(self, info: Info) -> User | None:
        """The user."""
        return await related(info, self.user_id)


@strawberry.type(description="A new key, with the secret that is shown only now.")
class NewApiKey:
    """A new key with its secret."""

    secret: str = strawberry.field(description="The key itself. Keep it: nobody can read it again.")
    api_key: ApiKey = strawberry.field(description="What the server keeps of it.")


SPEC = Spec(
    table=Row,
    graph_type=User,
    plural="users",
    required=frozenset({"name"}),
    build=resolvers.build,
    change=resolvers.change,
    cascade=resolvers.cascade,
    after=resolvers.refresh,
    needs_admin=True,
)
API_KEY = Spec(
    table=KeyRow,
    graph_type=ApiKey,
    plural="api_keys",
    extra_create=resolvers.KEY_CREATE,
    after=resolvers.refresh,
    is_creatable=False,
)
