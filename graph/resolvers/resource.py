"""What can be done with any type of resource: get, list, create, patch, revise, delete."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import orjson
from sqlalchemy import select
from sqlmodel import Session

from graph.context import Context
from graph.jobs.queue import enqueue
from graph.resolvers.access import check_project, may_add, may_read, readable, visible, writable
from graph.resolvers.webhook import attached_to
from graph.spec import Draft, Spec, Values
from models.columns import HIDDEN, now
from models.errors import Conflict, InvalidInput, LimitReached, NotFound, NotPermitted
from models.identity import IdempotencyKey, Role
from models.ids import is_id
from models.page import PAGE_LIMIT, Page, Window, conditions_of, count, read_page
from models.project import Project
from models.query import Condition, Order
from models.registry import table_of
from models.repository import at_revision, get_many, insert, revisions, snapshot
from models.repository import delete as delete_row
from models.repository import patch as patch_row
from models.repository import revise as revise_row
from models.resource import BuiltResource, Resource, State
from models.revision import Revision

T = TypeVar("T")

FEW = 5
"""So many rows are looked up where we are; more of them somewhere else, as the event loop has other things to do."""

Also = Callable[[Session, Context, Draft], Draft]
"""Something done to a new row in the transaction that makes it: gets the draft and gives the one to insert."""

AlsoChange = Callable[[Session, Any], Values]
"""Something done to a row in the transaction that changes it: gets the row and gives more columns to set."""


async def get(context: Context, spec: Spec, id: str, *, revision: int | None = None) -> Any:
    """The row with that id, as it is or was; None when there is none that the caller may see."""
    if not is_id(id):
        return None

    def unit(session: Session) -> Resource | None:
        row = session.get(spec.table, id)
        if row is None or not may_read(context.identity, row):
            return None
        return row if revision is None else at_revision(session, row, revision)

    return await _look_up(context, unit)


async def require(context: Context, spec: Spec, id: str, *, revision: int | None = None) -> Any:
    """The row with that id. Raises NotFound when there is none that the caller may see."""
    row = await get(context, spec, id, revision=revision)
    if row is None:
        raise NotFound(f"there is no {spec.kind} {id}", ("id",))
    return row


async def node(context: Context, id: str) -> Resource | None:
    """The row with that id, of whatever type; None when there is none that the caller may see."""
    return (await nodes(context, [id]))[0]


async def nodes(context: Context, ids: Sequence[str]) -> list[Resource | None]:
    """The rows with those ids, of whatever types, in that order; None for each that the caller may not see."""

    def unit(session: Session) -> list[Resource | None]:
        found: dict[str, Resource] = {}
        for table in {table for id in ids if is_id(id) and (table := table_of(id)) is not None}:
            found.update(get_many(session, table, [id for id in ids if is_id(id) and table_of(id) is table]))
        return [row if (row := found.get(id)) and may_read(context.identity, row) else None for id in ids]

    return await (_look_up(context, unit) if len(ids) <= FEW else context.services.read(unit))


async def existing(context: Context, ids: Iterable[str]) -> frozenset[str]:
    """Those of the ids that are there, whoever may see them."""

    def unit(session: Session) -> frozenset[str]:
        found: set[str] = set()
        for table in {table for id in ids if (table := table_of(id)) is not None}:
            column = table.__table__.c.id  # type: ignore[attr-defined]  # a table has it
            wanted = [id for id in ids if table_of(id) is table]
            found.update(session.scalars(select(column).where(column.in_(wanted))))
        return frozenset(found)

    ids = list(ids)
    return await _look_up(context, unit)


async def page(
    context: Context,
    spec: Spec,
    window: Window,
    *,
    where: Condition | None = None,
    orders: Sequence[Order] = (),
) -> Page[Any]:
    """A page of the rows that the caller may list and that meet the condition."""
    conditions, scopes = conditions_of(spec.table, where), visible(spec.table, context.caller)
    return await context.services.read(
        lambda session: read_page(
            session, spec.table, conditions=conditions, scopes=scopes, orders=orders, window=window
        )
    )


async def total(context: Context, spec: Spec, *, where: Condition | None = None) -> int:
    """How many rows the caller may list that meet the condition."""
    conditions, scopes = conditions_of(spec.table, where), visible(spec.table, context.caller)
    return await context.services.read(lambda session: count(session, spec.table, conditions, scopes))


async def create(
    context: Context, spec: Spec, values: Values, *, idempotency_key: str | None = None, also: Also | None = None
) -> Any:
    """A new row, committed, with the job that fills it. The same key with the same values gives the same row again."""
    identity = context.caller
    if not spec.is_creatable:
        raise NotPermitted(f"a {spec.kind} cannot be made directly")
    checked = spec.check_create(values)
    _check_admin(context, spec, checked)
    fingerprint = "" if idempotency_key is None else _fingerprint(spec, values)
    if idempotency_key is not None:
        known = await context.services.read(lambda s: s.get(IdempotencyKey, (identity.user_id, idempotency_key)))
        if known is not None:
            return await _again(context, spec, known, fingerprint)
    prepared = await spec.prepare(context, checked)
    if spec.record is not None and idempotency_key is None and also is None and not prepared.get("project_id"):
        record = spec.record(context, prepared, spec)
        if record.project_id is None or identity.has_role(record.project_id, Role.EDITOR):
            await context.services.database.append([record])
            return record

    def unit(session: Session) -> Resource:
        if idempotency_key is not None:
            known = session.get(IdempotencyKey, (identity.user_id, idempotency_key))
            if known is not None:
                return _same(session.get(spec.table, known.resource_id), known, fingerprint)
        check_project(session, context, prepared.get("project_id"))
        draft = spec.build(session, context, prepared, spec)
        if draft.row.project_id != prepared.get("project_id"):
            _leave_project(session, context, draft.row)
        if also is not None:
            draft = also(session, context, draft)
        add(session, context, draft)
        if idempotency_key is not None:
            session.add(
                IdempotencyKey(
                    user_id=identity.user_id,
                    key=idempotency_key,
                    resource_id=draft.row.id,
                    fingerprint=fingerprint,
                    created_at=now(),
                )
            )
        return draft.row

    row = await context.services.write(unit)
    if spec.after is not None:
        await spec.after(context, row)
    if also is not None:
        context.services.webhooks.wake()
    return row


def _leave_project(session: Session, context: Context, row: Resource) -> None:
    """Takes a row out of the project that it inherited from what it is made of, if the caller may not add to it."""
    project = None if row.project_id is None else session.get(Project, row.project_id)
    if project is not None and not may_add(context.caller, project):
        row.project_id = None


def add(session: Session, context: Context, draft: Draft) -> None:
    """Inserts a draft, its job and its companions."""
    author_id = context.caller.user_id
    row = draft.row
    if draft.job is not None and isinstance(row, BuiltResource):
        row.state, row.state_message = State.WAITING, "has been asked for"
    insert(session, row, author_id=author_id)
    for companion in draft.companions:
        add(session, context, companion)
    if draft.job is not None and isinstance(row, BuiltResource):
        enqueue(session, row, draft.job, author_id=author_id, limit=context.services.settings.queue_limit)


async def patch(
    context: Context,
    spec: Spec,
    id: str,
    values: Values,
    *,
    if_revision: int | None = None,
    message: str = "",
    also: AlsoChange | None = None,
) -> Any:
    """The row after its change. What is absent from `values` stays, and None clears."""
    _ = context.caller
    if not spec.is_patchable:
        raise NotPermitted(f"a {spec.kind} cannot be changed")
    checked = spec.check_patch(values)
    _check_admin(context, spec, checked)

    def unit(session: Session) -> Resource:
        row = writable(session, context, spec.table, id, path=("id",))
        if checked.get("project_id") != row.project_id:
            check_project(session, context, checked.get("project_id"))
        changes = spec.change(session, context, row, checked)
        patch_row(
            session,
            row,
            changes.values if also is None else {**changes.values, **also(session, row)},
            author_id=context.caller.user_id,
            message=message,
            if_revision=if_revision,
        )
        if changes.job is not None and isinstance(row, BuiltResource):
            _check_idle(row)
            enqueue(
                session,
                row,
                changes.job,
                author_id=context.caller.user_id,
                limit=context.services.settings.queue_limit,
            )
        return row

    row = await context.services.write(unit)
    if spec.after is not None:
        await spec.after(context, row)
    return row


async def revise(
    context: Context, spec: Spec, id: str, values: Values, *, if_revision: int | None = None, message: str = ""
) -> Any:
    """The row after it was frozen, with these changes, as its next revision."""
    _ = context.caller
    if not spec.is_revisable:
        raise NotPermitted(f"a {spec.kind} has no revisions")
    checked = spec.check_patch(values)
    _check_admin(context, spec, checked)

    def unit(session: Session) -> Resource:
        row = writable(session, context, spec.table, id, path=("id",))
        if isinstance(row, BuiltResource):
            _check_idle(row)
        changes = spec.change(session, context, row, checked)
        if changes.job is not None:
            raise Conflict("this change starts a job: patch first, revise when the job has ended")
        revise_row(
            session,
            row,
            changes.values,
            author_id=context.caller.user_id,
            message=message,
            if_revision=if_revision,
        )
        return row

    return await context.services.write(unit)


async def delete(context: Context, spec: Spec, id: str) -> str:
    """The id of what is gone, with its history, its jobs and what cannot be without it."""
    _ = context.caller
    if not spec.is_deletable:
        raise NotPermitted(f"a {spec.kind} cannot be deleted")

    def unit(session: Session) -> list[str]:
        row = writable(session, context, spec.table, id, path=("id",))
        gone = [*spec.cascade(session, row), row]
        known = {each.id for each in gone}
        gone = [*(hook for each in gone for hook in attached_to(session, each.id) if hook.id not in known), *gone]
        jobs = [job for each in gone if (job := getattr(each, "job_id", None)) is not None]
        for each in gone:
            delete_row(session, each, author_id=context.caller.user_id)
        return jobs

    for job_id in await context.services.write(unit):
        context.services.runner.abandon(job_id)
    if spec.after is not None:
        await spec.after(context, None)
    return id


async def history(context: Context, id: str) -> list[Revision]:
    """The revisions of a resource, oldest first. Raises NotFound when the caller may not see it."""

    def unit(session: Session) -> list[Revision]:
        table = table_of(id)
        if table is None:
            raise NotFound(f"there is no {id}", ("id",))
        readable(session, context, table, id)
        return revisions(session, id)

    return await context.services.read(unit)


async def _look_up(context: Context, unit: Callable[[Session], T]) -> T:
    """A look-up by key: on this thread where it takes microseconds, elsewhere over the network."""
    database = context.services.database
    return database.read_now(unit) if database.is_sqlite else await database.read(unit)


def _fingerprint(spec: Spec, values: Values) -> str:
    return hashlib.sha256(orjson.dumps([spec.kind, values], default=repr, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def _again(context: Context, spec: Spec, known: IdempotencyKey, fingerprint: str) -> Resource:
    return _same(await get(context, spec, known.resource_id), known, fingerprint)


def _same(row: Resource | None, known: IdempotencyKey, fingerprint: str) -> Resource:
    if known.fingerprint != fingerprint:
        raise Conflict("this idempotency key was used with another input", ("idempotencyKey",))
    if row is None:
        raise Conflict("what this idempotency key made was deleted", ("idempotencyKey",))
    return row


def _check_admin(context: Context, spec: Spec, values: Values) -> None:
    if spec.needs_admin and not context.caller.is_admin:
        raise NotPermitted(f"only an administrator may change a {spec.kind}")
    for name in spec.admin_only & values.keys():
        if not context.caller.is_admin:
            raise NotPermitted("only an administrator may set this", (name,))


def _check_idle(row: BuiltResource) -> None:
    if not row.state.is_final:
        raise Conflict(f"{row.id} is {row.state.value.lower()}: wait for its job to end")


async def values_at(context: Context, id: str, number: int) -> dict[str, Any]:
    """The visible stored values of a resource at a revision. Raises NotFound."""

    def unit(session: Session) -> dict[str, Any]:
        table = table_of(id)
        if table is None:
            raise NotFound(f"there is no {id}", ("id",))
        row = at_revision(session, readable(session, context, table, id), number)
        shown = [name for name, info in table.model_fields.items() if HIDDEN not in info.metadata]
        values = snapshot(row)
        return {name: values[name] for name in shown}

    return await context.services.read(unit)


async def diff(context: Context, id: str, earlier: int, later: int) -> list[tuple[str, Any, Any]]:
    """The values that differ between two revisions: name, before, after. Before revision 1 everything was null."""
    after = await values_at(context, id, later)
    before = await values_at(context, id, earlier) if earlier >= 1 else dict.fromkeys(after)
    return [(name, before.get(name), value) for name, value in after.items() if before.get(name) != value]


def few(values: Sequence[Any], *, limit: int = PAGE_LIMIT, path: str = "ids") -> list[Any]:
    """The values. Raises LimitReached when there are too many for one request."""
    if len(values) > limit:
        raise LimitReached(f"at most {limit} at once, not {len(values)}", (path,))
    return list(values)


def require_object(value: Any, path: tuple[str | int, ...]) -> None:
    """Raises InvalidInput unless the value is a JSON object."""
    if not isinstance(value, dict):
        raise InvalidInput("give an object of values by field name or id", path)
