"""Who may see and change what: the one place that knows."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement
from sqlmodel import Session

from graph.context import Context
from models.errors import InvalidInput, NotFound, NotPermitted
from models.identity import ApiKey, Identity, Role, User
from models.ids import is_id
from models.project import Project
from models.registry import table_of
from models.resource import Resource, Visibility

R = TypeVar("R", bound=Resource)


def visible(table: type[Resource], identity: Identity) -> list[ColumnElement[bool]]:
    """The scopes of the rows that are listed for a user: their own, and those of each of their projects.

    A row of any of them is listed; each is read from an index of its own. No scope at all means every row.
    """
    if identity.is_admin:
        return []
    columns = table.__table__.c  # type: ignore[attr-defined]  # a table has it
    if table is User:
        return [columns.id == identity.user_id]
    if table is ApiKey:
        return [columns.user_id == identity.user_id]
    room = columns.id if table is Project else columns.project_id
    return [columns.creator_id == identity.user_id, *(room == project_id for project_id in identity.roles)]


def may_read(identity: Identity | None, row: Resource) -> bool:
    """Whether that caller may see that row."""
    if row.visibility is Visibility.PUBLIC:
        return True
    if identity is None:
        return False
    if isinstance(row, User):
        return identity.is_admin or row.id == identity.user_id
    if isinstance(row, ApiKey):
        return identity.is_admin or row.user_id == identity.user_id
    if isinstance(row, Project) and identity.has_role(row.id, Role.VIEWER):
        return True
    return identity.may_read(row)


def may_write(identity: Identity, row: Resource) -> bool:
    """Whether that caller may change or delete that row."""
    if isinstance(row, User):
        return identity.is_admin
    if isinstance(row, ApiKey):
        return identity.is_admin or row.user_id == identity.user_id
    if isinstance(row, Project):
        return identity.is_admin or row.creator_id == identity.user_id or identity.has_role(row.id, Role.ADMIN)
    return identity.may_write(row)


def readable(session: Session, context: Context, table: type[R], id: str, *, path: tuple[str | int, ...] = ()) -> R:
    """The row with that id, for reading. Raises NotFound when there is none that the caller may see."""
    row = session.get(table, id) if is_id(id) else None
    if row is None or not may_read(context.identity, row):
        raise NotFound(f"there is no {table.kind} {id}", path)
    return row


def writable(session: Session, context: Context, table: type[R], id: str, *, path: tuple[str | int, ...] = ()) -> R:
    """The row with that id, for changing. Raises NotFound, or NotPermitted when the caller may only read it."""
    row = readable(session, context, table, id, path=path)
    if not may_write(context.caller, row):
        raise NotPermitted(f"you may not change {id}", path)
    return row


def may_add(identity: Identity, project: Project) -> bool:
    """Whether that caller may put resources into that project."""
    return project.creator_id == identity.user_id or identity.has_role(project.id, Role.EDITOR)


def check_project(session: Session, context: Context, project_id: str | None) -> None:
    """Raises InvalidInput for a project that is not there, NotPermitted for one that the caller may not add to."""
    if project_id is None:
        return
    project = session.get(Project, project_id)
    if project is None or not may_read(context.identity, project):
        raise InvalidInput(f"there is no project {project_id}", ("project_id",))
    if not may_add(context.caller, project):
        raise NotPermitted(f"you may not add to {project_id}", ("project_id",))


def parents(
    session: Session, context: Context, ids: Sequence[str], tables: Sequence[type[Resource]], path: str
) -> list[Resource]:
    """The rows that something is made from. Raises InvalidInput for a wrong kind, NotFound for an unknown id."""
    rows: list[Resource] = []
    for id in ids:
        table = table_of(id)
        if table is None or table not in tables:
            kinds = " or ".join(table.kind for table in tables)
            raise InvalidInput(f"{id!r} is not the id of a {kinds}", (path,))
        rows.append(readable(session, context, table, id, path=(path,)))
    return rows
