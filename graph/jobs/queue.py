"""The queue: jobs as rows, their states, and who holds them. All functions are part of a unit of work."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from graph.spec import JobDraft
from models.columns import now
from models.errors import LimitReached
from models.ids import new_id
from models.job import Event, EventKind, Job
from models.registry import table_of
from models.repository import assign, record
from models.resource import BuiltResource, State
from models.webhook import Webhook, WebhookDelivery

LEASE = dt.timedelta(seconds=30)
ACTIVE = (State.WAITING, State.QUEUED, State.STARTED, State.RUNNING, State.CANCELING)
HELD = (State.STARTED, State.RUNNING, State.CANCELING)
JOB = Job.__table__.c  # type: ignore[attr-defined]  # a table has it
HOOK = Webhook.__table__.c  # type: ignore[attr-defined]  # likewise

Metrics = dict[str, Any] | None
"""Figures that a computation reports, as JSON values."""


def enqueue(session: Session, row: BuiltResource, draft: JobDraft, *, author_id: str | None, limit: int) -> Job:
    """Adds the job that makes or remakes a row. Raises LimitReached when the queue is full."""
    waiting = session.scalars(select(func.count()).select_from(Job).where(JOB.state.in_(ACTIVE))).one()
    if waiting >= limit:
        raise LimitReached(f"the queue is full: {waiting} jobs wait or run")
    job = Job(
        id=new_id(Job.kind),
        name=f"{draft.function} {row.name}"[:500],
        function=draft.function,
        resource_id=row.id,
        project_id=row.project_id,
        creator_id=row.creator_id if author_id is None else author_id,
        depends_on=list(draft.depends_on),
        arguments=dict(draft.arguments),
        cores=draft.cores,
        memory_mb=draft.memory_mb,
    )
    session.add(job)
    row.job_id = job.id
    session.add(row)
    session.flush()
    unfinished, failure = _dependencies(session, job)
    if failure:
        change_state(session, job, State.FAILED, failure, error_code="DEPENDENCY_FAILED")
    elif unfinished:
        change_state(session, job, State.WAITING, f"waits for {', '.join(unfinished)}")
    else:
        change_state(session, job, State.QUEUED, "waits for a worker")
    return job


def change_state(
    session: Session,
    job: Job,
    state: State,
    message: str,
    *,
    progress: float | None = None,
    error_code: str | None = None,
    error_path: Sequence[str] = (),
    actor_id: str | None = None,
) -> Event | None:
    """Moves a job and the resource that it makes to a state, and tells everybody who wants to know."""
    job.state, job.message = state, message
    job.error_code, job.error_path = error_code, list(error_path)
    if progress is not None:
        job.progress = progress
    if state.is_final:
        job.ended_at, job.lease_until, job.worker = now(), None, None
    job.updated_at = now()
    session.add(job)
    row = resource_of(session, job)
    if row is None:
        return None
    if row.job_id == job.id:
        assign(session, row, {"state": state, "state_message": message})
    event = record(
        session,
        EventKind.STATE,
        row,
        actor_id=actor_id,
        job_id=job.id,
        state=state,
        progress=job.progress,
        metrics=job.metrics,
        message=message,
    )
    if state in (State.FINISHED, State.FAILED):
        _tell_webhooks(session, row, "finished" if state is State.FINISHED else "error", message)
    return event


def resource_of(session: Session, job: Job) -> BuiltResource | None:
    """The row that a job makes; None when it was deleted."""
    table = table_of(job.resource_id)
    row = session.get(table, job.resource_id) if table is not None else None
    return row if isinstance(row, BuiltResource) else None


def promote(session: Session) -> int:
    """Queues jobs whose inputs are finished, and fails those whose inputs never will be; says how many moved."""
    moved = 0
    for job in session.scalars(select(Job).where(JOB.state == State.WAITING).order_by(JOB.id)):
        unfinished, failure = _dependencies(session, job)
        if failure:
            change_state(session, job, State.FAILED, failure, error_code="DEPENDENCY_FAILED")
        elif not unfinished:
            change_state(session, job, State.QUEUED, "waits for a worker")
        else:
            continue
        moved += 1
    return moved


def claim(session: Session, worker: str, count: int) -> list[Job]:
    """Takes the oldest queued jobs for a server process."""
    statement = select(Job).where(JOB.state == State.QUEUED).order_by(JOB.id).limit(count)
    jobs = list(session.scalars(statement.with_for_update(skip_locked=True)))
    for job in jobs:
        job.attempt += 1
        job.worker, job.lease_until, job.started_at = worker, now() + LEASE, now()
        change_state(session, job, State.STARTED, "a worker has taken it")
    return jobs


def heartbeat(session: Session, worker: str) -> None:
    """Renews the promise of a server process to report on its jobs."""
    for job in session.scalars(select(Job).where(JOB.worker == worker, JOB.state.in_(HELD))):
        job.lease_until = now() + LEASE
        session.add(job)


def report(session: Session, job_id: str, progress: float | None, metrics: Metrics, lines: Sequence[str]) -> None:
    """Stores how far a running job has come and what it said."""
    job = session.get(Job, job_id)
    row = None if job is None else resource_of(session, job)
    if job is None or row is None or job.state not in (State.STARTED, State.RUNNING):
        return
    if job.state is State.STARTED:
        change_state(session, job, State.RUNNING, "runs")
    for line in lines:
        record(session, EventKind.LOG, row, job_id=job.id, state=job.state, progress=job.progress, message=line)
    if progress is None:
        return
    job.progress = max(job.progress, min(progress, 1.0))
    job.metrics = metrics if metrics is not None else job.metrics
    session.add(job)
    record(session, EventKind.PROGRESS, row, job_id=job.id, state=job.state, progress=job.progress, metrics=metrics)


def release(session: Session, job: Job, message: str) -> None:
    """Puts a job whose process died back into the queue, or fails it when it has died too often."""
    if job.state is State.CANCELING:
        change_state(session, job, State.CANCELED, "canceled")
    elif job.attempt >= job.attempts_allowed:
        change_state(session, job, State.FAILED, f"{message}, {job.attempt} times in a row", error_code="WORKER_DIED")
    else:
        job.worker, job.lease_until = None, None
        change_state(session, job, State.QUEUED, f"{message}; it will be tried again")


def recover(session: Session, worker: str, *, only_expired: bool) -> int:
    """Releases the jobs of server processes that are gone; says how many.

    `only_expired` leaves those alone whose lease still runs: needed where several processes share a database.
    """
    statement = select(Job).where(JOB.state.in_(HELD), JOB.worker.is_distinct_from(worker))
    if only_expired:
        statement = statement.where(JOB.lease_until < now())
    jobs = list(session.scalars(statement))
    for job in jobs:
        release(session, job, "the server that ran it ended")
    return len(jobs)


def hand_back(session: Session, worker: str) -> None:
    """Queues the jobs of a server process that shuts down in order; this does not count as a try."""
    for job in session.scalars(select(Job).where(JOB.worker == worker, JOB.state.in_(HELD))):
        if job.state is State.CANCELING:
            change_state(session, job, State.CANCELED, "canceled")
            continue
        job.attempt -= 1
        job.worker, job.lease_until = None, None
        change_state(session, job, State.QUEUED, "the server was stopped; it goes on after the next start")


def _dependencies(session: Session, job: Job) -> tuple[list[str], str | None]:
    """The ids that are not finished yet, and a sentence when one of them never will be."""
    unfinished = []
    for id in job.depends_on:
        table = table_of(id)
        row = session.get(table, id) if table is not None else None
        if row is None:
            return [], f"{id} was deleted"
        state = getattr(row, "state", State.FINISHED)
        if state in (State.FAILED, State.CANCELED):
            return [], f"{id} has {'failed' if state is State.FAILED else 'been canceled'}"
        if state is not State.FINISHED:
            unfinished.append(id)
    return unfinished, None


def _tell_webhooks(session: Session, row: BuiltResource, event: str, message: str) -> None:
    for_all = HOOK.resource_id.is_(None) & (
        (HOOK.project_id == row.project_id)
        if row.project_id is not None
        else (HOOK.project_id.is_(None) & (HOOK.creator_id == row.creator_id))
    )
    statement = select(Webhook).where(HOOK.is_enabled, (HOOK.resource_id == row.id) | for_all)
    for hook in session.scalars(statement):
        session.add(
            WebhookDelivery(
                id=str(uuid.uuid4()),
                webhook_id=hook.id,
                resource_id=row.id,
                event=event,
                message=message,
                next_attempt_at=now(),
            )
        )
