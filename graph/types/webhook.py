"""Webhooks in the graph."""

import strawberry

from graph.derive import add_columns, enumeration, resource
from graph.resolvers import webhook as resolvers
from graph.spec import Spec
from graph.types.relation import Info
from graph.types.resource import Resource
from models.webhook import DELIVERY_MEANINGS, Delivery, WebhookDelivery
from models.webhook import Webhook as Row

enumeration(Delivery, DELIVERY_MEANINGS)


class Message:
    """One message to an address."""


add_columns(Message, WebhookDelivery)
Message.is_type_of = classmethod(lambda _cls, value, _info: isinstance(value, WebhookDelivery))
Message = strawberry.type(Message, name="WebhookDelivery", description="One message to an address.")


@resource(Row)
class Webhook(Resource):
    """An address that wants to know when something ends."""

    @strawberry.field(description="The newest messages, newest first, a hundred at most.")
    async def deliveries(self, info: Info) -> list[Message]:
        """The delivery log."""
        return await resolvers.deliveries(info.context, self.id)


SPEC = Spec(
    table=Row,
    graph_type=Webhook,
    plural="webhooks",
    required=frozenset({"url"}),
    extra_create=resolvers.EXTRA_CREATE,
    build=resolvers.build,
)
