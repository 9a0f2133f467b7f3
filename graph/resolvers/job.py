"""What can be done with jobs: cancel, retry, and listen to what happens to them."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session

from graph.context import Context
from graph.jobs.bus import Listener
from graph.jobs.queue import ACTIVE, HELD, change_state, promote, resource_of
from graph.jobs.runner import elapsed_ms
from graph.resolvers.access import readable, writable
from models.errors import Conflict, NotFound
from models.identity import Identity, Role
from models.job import Event, EventKind, Job
from models.project import Project
from models.resource import Resource, State

EVENTS_PER_READ = 500
REREAD_SECONDS = 5.0
"""How soon a listener looks into the database by itself, should it not have been told."""

EVENT = Event.__table__.c  # type: ignore[attr-defined]  # a table has it
JOB = Job.__table__.c  # type: ignore[attr-defined]  # likewise

__all__ = [
    "Tasks",
    "cancel",
    "elapsed_ms",
    "job_events",
    "job_of",
    "resource_events",
    "retry",
    "tasks",
]


@dataclass(frozen=True, slots=True)
class Tasks:
    """How many jobs of a user have not ended: those that wait for a worker or for others, and those that run."""

    waiting: int
    running: int


async def cancel(context: Context, id: str) -> Job:
    """The job, canceled, its process gone. Raises Conflict when it has ended already."""
    job = await context.services.read(lambda session: writable(session, context, Job, id, path=("id",)))
    await context.services.runner.cancel(job.id, actor_id=context.caller.user_id)
    return await context.services.read(lambda session: readable(session, context, Job, id, path=("id",)))


async def tasks(context: Context) -> Tasks:
    """The jobs of the caller that have not ended."""
    statement = (
        select(JOB.state, func.count())
        .where(JOB.creator_id == context.caller.user_id, JOB.state.in_(ACTIVE))
        .group_by(JOB.state)
    )
    found = await context.services.read(lambda session: [tuple(row) for row in session.execute(statement)])
    running = sum(count for state, count in found if state in HELD)
    return Tasks(waiting=sum(count for _, count in found) - running, running=running)


async def retry(context: Context, id: str) -> Job:
    """The job, queued once more. Raises Conflict unless it has failed or was canceled."""

    def unit(session: Session) -> Job:
        job = writable(session, context, Job, id, path=("id",))
        if job.state not in (State.FAILED, State.CANCELED):
            raise Conflict(f"{id} is {job.state.value.lower()}: only a failed or canceled job can be retried", ("id",))
        row = resource_of(session, job)
        if row is None or row.job_id != job.id:
            raise Conflict(f"{id} was replaced by a newer job", ("id",))
        job.attempt, job.progress, job.ended_at, job.metrics = 0, 0.0, None, None
        change_state(session, job, State.WAITING, "will be tried again", actor_id=context.caller.user_id)
        promote(session)
        return job

    return await context.services.write(unit)


async def job_events(context: Context, id: str, *, after: int | None = None) -> AsyncIterator[Event]:
    """The events of a job after a sequence number, or from its newest one on, up to the one that ends it.

    Raises NotFound when there is no such job that the caller may see.
    """
    await context.services.read(lambda session: readable(session, context, Job, id, path=("id",)))
    with context.services.bus.listen(job_id=id) as listener:
        last = after if after is not None else await _newest(context, id) - 1
        if await _is_over(context, id, last):
            return
        async for event in _follow(context, listener, [EVENT.job_id == id], last):
            yield event
            is_final = event.state is not None and event.state.is_final
            if event.kind is EventKind.DELETED or (is_final and await _is_over(context, id, event.sequence or 0)):
                return


async def resource_events(
    context: Context, *, project_id: str | None = None, kinds: list[str] | None = None, after: int | None = None
) -> AsyncIterator[Event]:
    """The events of all resources that the caller may see, of a project and of some kinds, without an end."""
    identity = context.caller
    if project_id is not None:
        await context.services.read(lambda session: readable(session, context, Project, project_id, path=("project",)))
    accepts = _filter(identity, project_id, kinds)
    conditions = [] if project_id is None else [EVENT.project_id == project_id]
    with context.services.bus.listen(accepts=accepts) as listener:
        last = after if after is not None else await _newest(context, None)
        async for event in _follow(context, listener, conditions, last):
            if accepts(event):
                yield event


async def _follow(context: Context, listener: Listener, conditions: list[object], last: int) -> AsyncIterator[Event]:
    """Stored events first, then those that arrive; the database again whenever one may have been missed."""

    def stored(session: Session) -> list[Event]:
        statement = select(Event).where(EVENT.sequence > last, *conditions).order_by(EVENT.sequence)  # type: ignore[arg-type]
        return list(session.scalars(statement.limit(EVENTS_PER_READ)))

    is_behind = True
    while True:
        while is_behind:
            found = await context.services.read(stored)
            for event in found:
                last = event.sequence or last
                yield event
            is_behind = len(found) == EVENTS_PER_READ
        if not await listener.wait(REREAD_SECONDS):
            is_behind = True
            continue
        arrived, is_behind = listener.take()
        if not context.services.database.is_sqlite:
            # Another server process may have stored events in between: only the database has all of them in order.
            is_behind = True
            continue
        for event in arrived:
            if (event.sequence or 0) > last:
                last = event.sequence or last
                yield event


async def _is_over(context: Context, id: str, sequence: int) -> bool:
    """Whether nothing more comes behind an event: a job that was retried goes on after a final state."""

    def unit(session: Session) -> bool:
        job = session.get(Job, id)
        if job is None:
            return True
        later = select(EVENT.sequence).where(EVENT.job_id == id, EVENT.sequence > sequence).limit(1)
        return job.state.is_final and session.scalars(later).first() is None

    return await context.services.read(unit)


async def _newest(context: Context, job_id: str | None) -> int:
    """The sequence number of the newest event of a job, or of all; 0 when there is none."""
    condition = [] if job_id is None else [EVENT.job_id == job_id]

    def unit(session: Session) -> int:
        statement = select(EVENT.sequence).where(*condition).order_by(EVENT.sequence.desc()).limit(1)
        return session.scalars(statement).first() or 0

    return await context.services.read(unit)


def _filter(identity: Identity, project_id: str | None, kinds: list[str] | None) -> Callable[[Event], bool]:
    wanted = None if kinds is None else frozenset(kinds)

    def accepts(event: Event) -> bool:
        if project_id is not None and event.project_id != project_id:
            return False
        if wanted is not None and event.resource_id.partition("/")[0] not in wanted:
            return False
        owned = event.creator_id == identity.user_id
        return identity.is_admin or owned or identity.has_role(event.project_id, Role.VIEWER)

    return accepts


async def job_of(context: Context, row: Resource) -> Job | None:
    """The job that makes a row, when there is one."""
    job_id = getattr(row, "job_id", None)
    if job_id is None:
        return None
    try:
        return await context.services.read(lambda session: readable(session, context, Job, job_id))
    except NotFound:
        return None
