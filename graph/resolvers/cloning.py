"""Copies of resources: the same content under a new id, owned by whoever asked."""

import secrets
from typing import Any

from sqlmodel import Session

from graph.context import Context
from graph.resolvers.access import may_read
from graph.spec import Draft, Spec, Values
from models.errors import Conflict, InvalidInput, NotFound, NotPermitted
from models.repository import restore, snapshot
from models.resource import BuiltResource, Resource, State, Visibility

OWN = frozenset({
    "id", "creator_id", "created_at", "updated_at", "revision", "visibility", "share_token", "is_clonable",
    "project_id", "job_id", "origin_id",
})  # fmt: skip
"""Columns that a copy does not take over."""


def clone(session: Session, context: Context, spec: Spec, values: Values, *, reset: Values | None = None) -> Draft:
    """A copy of the row that `origin_id` names, by its id or by the token of its shared address.

    Raises NotFound when the caller may not see it, NotPermitted when its owner does not let it be copied, and Conflict
    while it is not finished.
    """
    origin = find_origin(session, context, spec, values["origin_id"])
    if isinstance(origin, BuiltResource) and origin.state is not State.FINISHED:
        raise Conflict(f"{origin.id} is not finished", ("origin_id",))
    kept = {name: value for name, value in snapshot(origin).items() if name not in OWN}
    restored = restore(spec.table, kept)
    columns: dict[str, Any] = {name: getattr(restored, name) for name in kept}
    given = {name: value for name, value in values.items() if name in spec.table.model_fields and name != "origin_id"}
    row = spec.new_row(context, {**columns, **(reset or {}), **given})
    row.origin_id = origin.id
    return Draft(row)


def find_origin(session: Session, context: Context, spec: Spec, reference: str) -> Resource:
    """The row to copy."""
    origin = session.get(spec.table, reference)
    if origin is None:
        origin = by_token(session, spec, reference)
        if origin is None:
            if "/" in reference and not reference.startswith(f"{spec.kind}/"):
                raise InvalidInput(f"{reference!r} is not the id of a {spec.kind}", ("origin_id",))
            raise NotFound(f"there is no {spec.kind} {reference}", ("origin_id",))
        if not origin.is_clonable and origin.creator_id != context.caller.user_id and not context.caller.is_admin:
            raise NotPermitted(f"{spec.kind} may not be copied", ("origin_id",))
        return origin
    if not may_read(context.identity, origin):
        raise NotFound(f"there is no {spec.kind} {reference}", ("origin_id",))
    return origin


def by_token(session: Session, spec: Spec, token: str) -> Resource | None:
    """The row that is shared under a token; None when there is none."""
    from sqlalchemy import select

    column = spec.table.__table__.c.share_token  # type: ignore[attr-defined]  # a table has it
    return session.scalars(select(spec.table).where(column == token)).first()


def new_token() -> str:
    """A fresh word for a shared address: 26 letters and digits."""
    return secrets.token_hex(13)


def is_public(row: Resource) -> bool:
    """Whether everybody may read the row."""
    return row.visibility is Visibility.PUBLIC
