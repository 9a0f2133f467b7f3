"""Users and their keys."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field
from sqlalchemy import select
from sqlmodel import Session

from graph.context import Context
from graph.resolvers.access import check_project
from graph.resolvers.directory import add_key
from graph.spec import Changes, Draft, Spec, Values
from models.errors import Conflict, InvalidInput, NotFound, NotPermitted
from models.identity import ApiKey, Membership, User
from models.resource import Resource

USER = User.__table__.c  # type: ignore[attr-defined]  # a table has it
KEY = ApiKey.__table__.c  # type: ignore[attr-defined]  # likewise
MEMBER = Membership.__table__.c  # type: ignore[attr-defined]  # likewise

KEY_CREATE: dict[str, Any] = {
    "user_id": (str | None, Field(None, description="Whose key it is; your own when left out.")),
}


def build(session: Session, context: Context, values: Values, spec: Spec) -> Draft:
    """The row of a new user."""
    _check_name(session, values["name"], None)
    row = spec.new_row(context, values)
    assert isinstance(row, User)
    row.handle = row.name.lower()
    return Draft(row)


def change(session: Session, _context: Context, row: User, values: Values) -> Changes:
    """What a patch sets. Raises Conflict when no administrator would be left."""
    if values.get("is_admin") is False:
        _check_not_last(session, row, ("is_admin",))
    if "name" in values:
        _check_name(session, values["name"], row.id)
        values = {**values, "handle": values["name"].lower()}
    return Changes(values)


def cascade(session: Session, row: User) -> Sequence[Resource]:
    """The keys of a user, who also loses all roles. Raises Conflict when no administrator would be left."""
    _check_not_last(session, row, ("id",))
    for member in session.scalars(select(Membership).where(MEMBER.user_id == row.id)):
        session.delete(member)
    return list(session.scalars(select(ApiKey).where(KEY.user_id == row.id)))


async def refresh(context: Context, _row: User | ApiKey | None) -> None:
    """Makes the change count from now on."""
    await context.services.directory.refresh()


async def create_key(context: Context, values: Values) -> tuple[ApiKey, str]:
    """A new key and its secret, which nobody can read again."""
    caller = context.caller
    user_id = values.get("user_id") or caller.user_id
    if user_id != caller.user_id and not caller.is_admin:
        raise NotPermitted("only an administrator may make keys for others", ("user_id",))

    def unit(session: Session) -> tuple[ApiKey, str]:
        user = session.get(User, user_id)
        if user is None:
            raise NotFound(f"there is no user {user_id}", ("user_id",))
        row, secret = add_key(session, user, name=values.get("name", ""), author_id=caller.user_id)
        check_project(session, context, values.get("project_id"))
        for name in ("description", "tags", "custom", "category", "project_id", "expires_at"):
            if name in values:
                setattr(row, name, values[name])
        return row, secret

    made = await context.services.write(unit)
    await context.services.directory.refresh()
    return made


def _check_not_last(session: Session, row: User, path: tuple[str, ...]) -> None:
    others = select(USER.id).where(USER.is_admin, USER.id != row.id).limit(1)
    if row.is_admin and session.scalars(others).first() is None:
        raise Conflict(f"{row.name} is the last administrator", path)


def _check_name(session: Session, name: str, own_id: str | None) -> None:
    if not name.strip():
        raise InvalidInput("a user needs a name", ("name",))
    taken = session.scalars(select(User).where(USER.handle == name.lower())).first()
    if taken is not None and taken.id != own_id:
        raise Conflict(f"there is a user {name} already", ("name",))
