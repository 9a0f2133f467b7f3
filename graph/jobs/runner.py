"""Takes jobs from the queue, runs them on an executor, and writes down what happens: the only one who does.

One task of the event loop looks at the queue whenever somebody wakes it; every running job has a task of its own.
"""

import asyncio
import logging
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlmodel import Session

from graph.context import Services
from graph.jobs.executor import (
    Executor,
    Failed,
    FailureCode,
    Finished,
    Hardware,
    Log,
    Message,
    Outcome,
    Progress,
    Started,
    Task,
)
from graph.jobs.kind import JobKind
from graph.jobs.queue import (
    ACTIVE,
    change_state,
    claim,
    hand_back,
    heartbeat,
    promote,
    recover,
    release,
    report,
    resource_of,
)
from models.blob import Stored
from models.errors import Conflict, ResourceError
from models.ids import digits, new_id
from models.job import Job
from models.resource import State

HEARTBEAT_SECONDS = 10.0
FLUSH_SECONDS = 0.1
KILL_AGAIN_SECONDS = 0.05

log = logging.getLogger(__name__)


@dataclass
class News:
    """What a job has reported since the last flush."""

    progress: float | None = None
    metrics: dict[str, Any] | None = None
    lines: list[str] = field(default_factory=list)


class Runner:
    """Runs the jobs of this server process, so many at once."""

    def __init__(
        self, services: Services, executor: Executor, kinds: Mapping[str, JobKind], *, slots: int, folder: Path
    ) -> None:
        self.worker = f"{os.uname().nodename}:{os.getpid()}:{digits(new_id('worker'))}"
        self._services = services
        self._executor = executor
        self._kinds = kinds
        self._slots = slots
        self._folder = folder
        self._wake = asyncio.Event()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._news: dict[str, News] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._endings: set[asyncio.Task[None]] = set()
        self._is_closing = False

    async def start(self) -> None:
        """Releases the jobs of servers that are gone, then begins to take work."""
        self._folder.mkdir(parents=True, exist_ok=True)
        alone = self._services.database.is_sqlite
        await self._services.write(lambda session: recover(session, self.worker, only_expired=not alone))
        await self._executor.start()
        self._loops = [
            asyncio.create_task(self._take(), name="job-queue"),
            asyncio.create_task(self._flush_often(), name="job-news"),
            asyncio.create_task(self._beat(), name="job-heartbeat"),
        ]
        self._wake.set()

    async def close(self) -> None:
        """Stops taking work, ends the processes, and leaves their jobs to be resumed by the next start."""
        self._is_closing = True
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        await self._flush()
        await self._executor.close()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        await self._services.write(lambda session: hand_back(session, self.worker))

    def wake(self) -> None:
        """Looks at the queue soon."""
        self._wake.set()

    def abandon(self, job_id: str) -> None:
        """Ends the process of a job whose row is gone."""
        if job_id in self._running:
            ending = asyncio.create_task(self._end(job_id))
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)

    async def cancel(self, job_id: str, *, actor_id: str | None) -> None:
        """Cancels a job; returns when it has ended, its process included. Raises Conflict when it had ended before."""

        def ask(session: Session) -> State:
            job = session.get(Job, job_id)
            if job is None or job.state.is_final:
                raise Conflict(f"{job_id} has ended already", ("id",))
            if job.state in (State.WAITING, State.QUEUED):
                change_state(session, job, State.CANCELED, "canceled", actor_id=actor_id)
            elif job.state is not State.CANCELING:
                change_state(session, job, State.CANCELING, "is being canceled", actor_id=actor_id)
            return job.state

        if await self._services.write(ask) is State.CANCELED:
            return
        await self._end(job_id)

    async def _end(self, job_id: str) -> None:
        """Kills until it is over: a job that was claimed a moment ago may have no process yet."""
        while (task := self._running.get(job_id)) is not None:
            await self._executor.kill(job_id)
            await asyncio.wait([task], timeout=KILL_AGAIN_SECONDS)

    async def _take(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._take_some()
            except Exception:
                log.exception("the queue could not be read; it will be tried again")
                await asyncio.sleep(1)
                self._wake.set()

    async def _take_some(self) -> None:
        free = self._slots - len(self._running)

        def unit(session: Session) -> list[Job]:
            while promote(session):
                pass
            return claim(session, self.worker, free) if free > 0 else []

        for job in await self._services.write(unit):
            task = asyncio.create_task(self._run(job), name=job.id)
            self._running[job.id] = task
            task.add_done_callback(partial(self._ended, job.id))

    def _ended(self, job_id: str, _task: asyncio.Task[None]) -> None:
        self._running.pop(job_id, None)
        self._news.pop(job_id, None)
        self._wake.set()

    async def _run(self, job: Job) -> None:
        folder = self._folder / digits(job.id)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            outcome = await self._compute(job, folder)
            stored = await self._store(outcome, folder)
        except ResourceError as problem:
            outcome, stored = _refused(problem), {}
        except Exception as problem:
            outcome, stored = _broken(job, problem), {}
        if self._is_closing and not isinstance(outcome, Finished):
            return
        final = await self._conclude(job, outcome, stored)
        if final:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _compute(self, job: Job, folder: Path) -> Outcome:
        kind = self._kinds[job.function]

        def inputs(session: Session) -> dict[str, Any] | None:
            row = resource_of(session, job)
            return None if row is None else kind.inputs(session, self._services, row, job)

        arguments = await self._services.read(inputs)
        if arguments is None:
            return Failed(message="what it makes was deleted", code=FailureCode.INVALID_DATA)
        task = Task(
            job_id=job.id,
            function=kind.work,
            arguments=arguments,
            directory=folder.resolve(),
            attempt=job.attempt,
            hardware=Hardware(cores=job.cores, memory_mb=job.memory_mb),
        )
        return await self._executor.run(task, lambda message: self._hear(job.id, message))

    def _hear(self, job_id: str, message: Message) -> None:
        news = self._news.setdefault(job_id, News())
        if isinstance(message, Started):
            news.progress = max(news.progress or 0.0, 0.0)
        elif isinstance(message, Progress):
            news.progress, news.metrics = message.share, dict(message.metrics) or news.metrics
        elif isinstance(message, Log):
            news.lines.append(message.line)

    async def _flush_often(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            try:
                await self._flush()
            except Exception:
                log.exception("the progress of jobs could not be stored")

    async def _flush(self) -> None:
        if not self._news:
            return
        news, self._news = self._news, {}

        def unit(session: Session) -> None:
            for job_id, each in news.items():
                report(session, job_id, each.progress, each.metrics, each.lines)

        await self._services.write(unit)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                await self._services.write(lambda session: heartbeat(session, self.worker))
                if not self._services.database.is_sqlite:
                    await self._services.write(lambda session: recover(session, self.worker, only_expired=True))
                self._wake.set()
            except Exception:
                log.exception("the lease of running jobs could not be renewed")

    async def _store(self, outcome: Outcome, folder: Path) -> dict[str, Stored]:
        if not isinstance(outcome, Finished):
            return {}
        files: dict[str, str] = outcome.result.get("files", {})
        return {
            name: await asyncio.to_thread(self._services.blobs.put_file, folder / path) for name, path in files.items()
        }

    async def _conclude(self, job: Job, outcome: Outcome, stored: Mapping[str, Stored]) -> bool:
        """Writes down how a job ended; False when it will be tried again."""
        news = self._news.pop(job.id, News())
        kind = self._kinds[job.function]

        def unit(session: Session) -> bool:
            report(session, job.id, news.progress, news.metrics, news.lines)
            current = session.get(Job, job.id)
            row = None if current is None else resource_of(session, current)
            if current is None or row is None or current.state not in ACTIVE:
                return True
            if current.state is State.CANCELING:
                change_state(session, current, State.CANCELED, "canceled")
            elif isinstance(outcome, Finished):
                kind.finish(session, row, current, outcome.result.get("values", {}), stored)
                change_state(session, current, State.FINISHED, kind.done, progress=1.0)
            elif isinstance(outcome, Failed) and not outcome.is_retryable:
                _fail(session, current, outcome)
            else:
                release(session, current, "its process was killed")
            return current.state.is_final

        try:
            return await self._services.write(unit)
        except ResourceError as problem:
            refused = _refused(problem)
        except Exception as problem:
            refused = _broken(job, problem)
        await self._services.write(lambda session: _fail_again(session, job.id, refused))
        return True


def elapsed_ms(job: Job) -> int:
    """Milliseconds that a job has been running, or ran."""
    if job.started_at is None:
        return 0
    end = job.ended_at.timestamp() if job.ended_at is not None else time.time()
    return max(0, round((end - job.started_at.timestamp()) * 1000))


def _fail(session: Session, job: Job, failure: Failed) -> None:
    is_expected = failure.code is not FailureCode.EXCEPTION
    message = (
        failure.message if is_expected else "the computation failed unexpectedly; the server's log has the details"
    )
    if failure.code is not FailureCode.INVALID_DATA:
        log.error("job %s failed: %s %s\n%s", job.id, failure.exception, failure.message, failure.log)
    change_state(session, job, State.FAILED, message, error_code=str(failure.code).upper(), error_path=failure.path)


def _fail_again(session: Session, job_id: str, failure: Failed) -> None:
    current = session.get(Job, job_id)
    if current is not None and current.state in ACTIVE:
        _fail(session, current, failure)


def _refused(problem: ResourceError) -> Failed:
    return Failed(
        message=problem.message, code=FailureCode.INVALID_DATA, path=tuple(str(step) for step in problem.path)
    )


def _broken(job: Job, problem: Exception) -> Failed:
    log.error("job %s could not be run", job.id, exc_info=problem)
    return Failed(message=str(problem), code=FailureCode.EXCEPTION, exception=type(problem).__qualname__)
