"""What can be done to any resource: insert, get, patch, revise, delete, with its history and its events.

Every function is part of a unit of work: it takes a session and leaves the commit to whoever opened it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import delete as sql_delete
from sqlalchemy import select
from sqlmodel import Session

from models.blob import BlobReference
from models.columns import CONTENT, columns, from_plain, now, to_plain
from models.errors import Conflict, NotFound
from models.identity import Membership
from models.job import Event, EventKind, Job
from models.resource import Resource
from models.revision import Change, Revision
from models.unit import add_rows
from models.webhook import WebhookDelivery

R = TypeVar("R", bound=Resource)

IDS_PER_STATEMENT = 500
NUMBER_LIMIT = (1 << 31) - 1

BELONGINGS = (
    (Revision, "resource_id"),
    (BlobReference, "owner_id"),
    (Job, "resource_id"),
    (Membership, "project_id"),
    (Membership, "user_id"),
    (WebhookDelivery, "webhook_id"),
)
"""What is gone with a resource, by the columns that name it."""


def get(session: Session, table: type[R], id: str) -> R | None:
    """The row with that id."""
    return session.get(table, id)


def get_many(session: Session, table: type[R], ids: Sequence[str]) -> dict[str, R]:
    """The rows with those ids, by id; unknown ids are absent."""
    found: dict[str, R] = {}
    for start in range(0, len(ids), IDS_PER_STATEMENT):
        part = ids[start : start + IDS_PER_STATEMENT]
        rows = session.scalars(select(table).where(table.id.in_(part)))  # type: ignore[attr-defined]  # a column
        found.update((row.id, row) for row in rows)
    return found


def insert(session: Session, row: Resource, *, author_id: str | None, message: str = "") -> None:
    """Adds a row as its own first revision and tells so."""
    session.add(row)
    session.add(Revision(resource_id=row.id, number=1, change=Change.CREATED, author_id=author_id, message=message))
    refer(session, row)
    record(session, EventKind.CREATED, row, actor_id=author_id)


def append(session: Session, rows: Sequence[Resource]) -> None:
    """Adds many rows with one statement a table, without revisions or events: for records that never change.

    They must not name contents, which nothing would keep. Outside a unit of work `Database.append` does this faster.
    """
    if rows:
        add_rows(session.connection(), rows)


def patch(
    session: Session,
    row: Resource,
    changes: Mapping[str, Any],
    *,
    author_id: str | None,
    message: str = "",
    if_revision: int | None = None,
) -> bool:
    """Sets columns and begins a new revision; False when nothing differs. Raises Conflict when the row moved on."""
    check_revision(row, if_revision)
    changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if not changed:
        return False
    _close_revision(session, row)
    assign(session, row, changed)
    _begin_revision(session, row, Change.PATCHED, author_id, message, sorted(changed))
    record(session, EventKind.PATCHED, row, actor_id=author_id, message=message)
    return True


def revise(
    session: Session,
    row: Resource,
    changes: Mapping[str, Any],
    *,
    author_id: str | None,
    message: str = "",
    if_revision: int | None = None,
) -> Revision:
    """Freezes the row, with these changes, as its next revision."""
    check_revision(row, if_revision)
    changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
    _close_revision(session, row)
    assign(session, row, changed)
    revision = _begin_revision(session, row, Change.REVISED, author_id, message, sorted(changed))
    revision.is_frozen = True
    revision.snapshot = snapshot(row)
    record(session, EventKind.REVISED, row, actor_id=author_id, message=message)
    return revision


def assign(session: Session, row: Resource, values: Mapping[str, Any]) -> None:
    """Sets columns without a revision: what the server itself finds out, such as the outcome of a job."""
    for name, value in values.items():
        setattr(row, name, value)
    row.updated_at = max(now(), row.updated_at)
    session.add(row)
    refer(session, row)


def delete(session: Session, row: Resource, *, author_id: str | None) -> None:
    """Removes a row with its history, its jobs, its roles, its messages and its claims on contents, and tells so."""
    record(session, EventKind.DELETED, row, actor_id=author_id, job_id=getattr(row, "job_id", None))
    for table, column in BELONGINGS:
        session.execute(sql_delete(table).where(getattr(table, column) == row.id))
    session.delete(row)
    session.flush()


def check_revision(row: Resource, if_revision: int | None) -> None:
    """Raises Conflict when the row is not at the revision that the caller has seen."""
    if if_revision is not None and if_revision != row.revision:
        raise Conflict(f"{row.id} is at revision {row.revision}, not {if_revision}", ("ifRevision",))


def revisions(session: Session, id: str) -> list[Revision]:
    """The history of a resource, oldest first."""
    columns_of = Revision.__table__.c  # type: ignore[attr-defined]  # a table has it
    return list(session.scalars(select(Revision).where(columns_of.resource_id == id).order_by(columns_of.number)))


def at_revision(session: Session, row: R, number: int) -> R:
    """The resource as it was at a revision. Raises NotFound when it has no such revision."""
    revision = session.get(Revision, (row.id, number)) if abs(number) <= NUMBER_LIMIT else None
    if revision is not None and revision.snapshot is not None:
        return restore(type(row), revision.snapshot)
    if number != row.revision:
        raise NotFound(f"{row.id} has no revision {number}", ("revision",))
    return row


def snapshot(row: Resource) -> dict[str, Any]:
    """All stored columns as plain JSON values; `restore` reads them back."""
    return {name: to_plain(getattr(row, name)) for name in type(row).model_fields}


def restore(table: type[R], values: Mapping[str, Any]) -> R:
    """A row, bound to no session, with the columns of a snapshot; columns that it does not have get their defaults."""
    types = {column.key: column.type for column in table.__table__.c}  # type: ignore[attr-defined]  # a table has it
    return table(**{name: from_plain(types[name], value) for name, value in values.items() if name in types})


def record(
    session: Session,
    kind: EventKind,
    row: Resource,
    *,
    actor_id: str | None = None,
    **details: Any,  # Any: further columns of Event
) -> Event:
    """Stores an event about a resource. It is sent after the commit, by whoever opened the session."""
    event = Event(
        kind=kind,
        resource_id=row.id,
        project_id=row.id if row.kind == "project" else row.project_id,
        creator_id=row.creator_id,
        actor_id=actor_id,
        **details,
    )
    session.add(event)
    session.flush()
    session.info.setdefault("events", []).append(event)
    return event


def refer(session: Session, row: Resource) -> None:
    """Notes every content that a row names, so that it is kept as long as the row."""
    named = {digest for name, _ in columns(type(row), CONTENT) if (digest := getattr(row, name)) is not None}
    known = (digest for digest in named if session.get(BlobReference, (row.id, digest)) is not None)
    missing = named.difference(known)
    if missing:
        session.add_all(BlobReference(owner_id=row.id, digest=digest) for digest in sorted(missing))
        session.flush()


def referenced(session: Session) -> set[str]:
    """The digests of all contents that somebody needs."""
    digest = BlobReference.__table__.c.digest  # type: ignore[attr-defined]  # a table has it
    return set(session.scalars(select(digest).distinct()))


def _close_revision(session: Session, row: Resource) -> None:
    current = session.get(Revision, (row.id, row.revision))
    if current is None:  # the row was appended, without a history so far
        current = Revision(
            resource_id=row.id,
            number=row.revision,
            change=Change.CREATED,
            author_id=row.creator_id,
            created_at=row.created_at,
        )
    if not current.is_frozen:
        current.snapshot = snapshot(row)
        session.add(current)


def _begin_revision(
    session: Session, row: Resource, change: Change, author_id: str | None, message: str, changed: list[str]
) -> Revision:
    row.revision += 1
    revision = Revision(
        resource_id=row.id,
        number=row.revision,
        change=change,
        author_id=author_id,
        message=message,
        changed=changed,
    )
    session.add(revision)
    return revision
