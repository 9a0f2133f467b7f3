"""Projects: the roles in them, and everything that goes when they go."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from graph.context import Context
from graph.resolvers.access import readable, writable
from graph.spec import Draft, Spec, Values
from models.errors import NotFound
from models.identity import Membership, Role, User
from models.project import Project
from models.registry import TABLES
from models.resource import Resource


def build(session: Session, context: Context, values: Values, spec: Spec) -> Draft:
    """The row of a new project, in which whoever makes it may do everything."""
    row = spec.new_row(context, {**values, "name": values.get("name") or "Unnamed project"})
    session.add(Membership(user_id=context.caller.user_id, project_id=row.id, role=Role.ADMIN))
    return Draft(row)


def cascade(session: Session, project: Project) -> Sequence[Resource]:
    """Everything in a project, in which nobody has a role any more."""
    for member in session.scalars(select(Membership).where(_MEMBER.project_id == project.id)):
        session.delete(member)
    rows: list[Resource] = []
    for kind, table in TABLES.items():
        if kind != "job":
            column = table.__table__.c.project_id  # type: ignore[attr-defined]  # a table has it
            rows.extend(session.scalars(select(table).where(column == project.id)))
    return rows


async def refresh(context: Context, project: Project | None) -> None:
    """Makes the roles of a new project count from now on, and those of a deleted one no longer."""
    if project is None or project.revision == 1:
        await context.services.directory.refresh()


async def counts(context: Context, project_id: str) -> dict[str, int]:
    """How many resources of each kind are in a project."""

    def unit(session: Session) -> dict[str, int]:
        readable(session, context, Project, project_id, path=("id",))
        found = {}
        for kind, table in TABLES.items():
            column = table.__table__.c.project_id  # type: ignore[attr-defined]  # a table has it
            found[kind] = session.scalars(select(func.count()).select_from(table).where(column == project_id)).one()
        return {kind: number for kind, number in found.items() if number}

    return await context.services.read(unit)


async def members(context: Context, project_id: str) -> list[tuple[User, Role]]:
    """The users with a role in a project."""

    def unit(session: Session) -> list[tuple[User, Role]]:
        readable(session, context, Project, project_id, path=("id",))
        found = session.scalars(select(Membership).where(_MEMBER.project_id == project_id).order_by(_MEMBER.user_id))
        return [(user, each.role) for each in found if (user := session.get(User, each.user_id)) is not None]

    return await context.services.read(unit)


async def set_role(context: Context, project_id: str, user_id: str, role: Role | None) -> Project:
    """The project, after a user got a role in it, or lost theirs when `role` is None."""
    _ = context.caller

    def unit(session: Session) -> Project:
        project = writable(session, context, Project, project_id, path=("projectId",))
        if session.get(User, user_id) is None:
            raise NotFound(f"there is no user {user_id}", ("userId",))
        member: Any = session.get(Membership, (user_id, project_id))
        if role is None:
            if member is not None:
                session.delete(member)
        elif member is None:
            session.add(Membership(user_id=user_id, project_id=project_id, role=role))
        else:
            member.role = role
        return project

    project = await context.services.write(unit)
    await context.services.directory.refresh()
    return project


_MEMBER = Membership.__table__.c  # type: ignore[attr-defined]  # a table has it
