"""Webhooks: addresses that want to know when something ends."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field
from sqlalchemy import func, select
from sqlmodel import Session

from graph.context import Context
from graph.destination import check_form
from graph.resolvers.access import readable
from graph.spec import Draft, Spec, Values
from models.columns import now
from models.errors import InvalidInput
from models.ids import new_id
from models.registry import table_of
from models.webhook import Webhook, WebhookDelivery

EXTRA_CREATE: dict[str, Any] = {
    "secret": (str | None, Field(None, max_length=500, description="The key of the signature; kept, never shown.")),
}
DELIVERY = WebhookDelivery.__table__.c  # type: ignore[attr-defined]  # a table has it
HOOK = Webhook.__table__.c  # type: ignore[attr-defined]  # likewise
DELIVERIES_SHOWN = 100


def build(session: Session, context: Context, values: Values, spec: Spec) -> Draft:
    """The row of a new webhook."""
    check_form(values["url"], ("url",))
    if values.get("resource_id") is not None:
        table = table_of(values["resource_id"])
        if table is None:
            raise InvalidInput(f"{values['resource_id']!r} is not an id", ("resource_id",))
        readable(session, context, table, values["resource_id"], path=("resource_id",))
    return Draft(spec.new_row(context, {**values, "name": values.get("name") or values["url"][:200]}))


async def deliveries(context: Context, webhook_id: str) -> list[WebhookDelivery]:
    """The newest messages to an address, newest first."""
    statement = (
        select(WebhookDelivery)
        .where(DELIVERY.webhook_id == webhook_id)
        .order_by(DELIVERY.created_at.desc(), DELIVERY.id)
        .limit(DELIVERIES_SHOWN)
    )
    return await context.services.read(lambda session: list(session.scalars(statement)))


def attach(
    session: Session, context: Context, draft: Draft, *, url: str, secret: str | None, style: str, path: tuple[str, ...]
) -> Draft:
    """The draft with a webhook of its own, in another style of messages; without a job the message is due at once."""
    check_form(url, path)
    row = draft.row
    hook = Webhook(
        id=new_id(Webhook.kind),
        name=url[:200],
        url=url,
        secret=secret,
        style=style,
        resource_id=row.id,
        project_id=row.project_id,
        creator_id=context.caller.user_id,
    )
    if draft.job is None:
        session.add(
            WebhookDelivery(
                id=str(uuid.uuid4()),
                webhook_id=hook.id,
                resource_id=row.id,
                event="finished",
                message=f"The {row.kind} has been created",
                next_attempt_at=now(),
            )
        )
    return replace(draft, companions=[*draft.companions, Draft(hook)])


def attached_to(session: Session, resource_id: str) -> list[Webhook]:
    """The webhooks that are about one resource; they go with it."""
    return list(session.scalars(select(Webhook).where(HOOK.resource_id == resource_id)))


async def attached(context: Context, resource_ids: Sequence[str]) -> dict[str, tuple[Webhook, WebhookDelivery | None]]:
    """The newest webhook of each of these resources that has one, with its newest message about it."""

    def unit(session: Session) -> dict[str, tuple[Webhook, WebhookDelivery | None]]:
        hooks = {
            hook.resource_id: hook
            for hook in session.scalars(select(Webhook).where(HOOK.resource_id.in_(resource_ids)).order_by(HOOK.id))
        }
        if not hooks:
            return {}
        newest = (
            select(DELIVERY.webhook_id, func.max(DELIVERY.created_at).label("moment"))
            .where(DELIVERY.webhook_id.in_([hook.id for hook in hooks.values()]))
            .group_by(DELIVERY.webhook_id)
            .subquery()
        )
        sent = session.scalars(
            select(WebhookDelivery).join(
                newest, (DELIVERY.webhook_id == newest.c.webhook_id) & (DELIVERY.created_at == newest.c.moment)
            )
        )
        by_hook = {delivery.webhook_id: delivery for delivery in sent}
        return {str(id): (hook, by_hook.get(hook.id)) for id, hook in hooks.items()}

    return await context.services.read(unit)
