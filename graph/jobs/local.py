"""The executor for one machine: a process for each job, forked from a forkserver that has the ML libraries loaded."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from graph.jobs.executor import Failed, FailureCode, Message, Outcome, Task
from graph.jobs.link import Link
from graph.jobs.process import JobProcess

PRELOAD = (
    "threadpoolctl",
    "pyarrow.compute",
    "pyarrow.parquet",
    "duckdb",
    "catboost",
    "scipy.stats",
    "sklearn.cluster",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.tree",
)
"""What nearly every job needs and what is slow to import."""
NICE = 10
"""How far jobs stand back behind the server: at 10 a fit takes half as much from online predictions as at 0."""

logger = logging.getLogger(__name__)


class LocalExecutor:
    """Runs tasks on this machine (Linux), as many at once as it is given.

    `functions` is the table of functions that tasks may name, as "module:callable"; `preload` lists modules which the
    forkserver imports so that jobs need not. Belongs to one event loop.
    """

    def __init__(self, *, functions: Collection[str], preload: Sequence[str] = PRELOAD, nice: int = NICE) -> None:
        self._functions = frozenset(functions)
        self._preload = tuple(preload)
        self._nice = nice
        self._is_open = False
        self._link: Link | None = None
        self._jobs: dict[str, JobProcess] = {}
        self._numbers = 0

    async def start(self) -> None:
        """Start the forkserver, which imports its libraries in the background."""
        self._is_open = True
        self._forkserver()

    async def close(self) -> None:
        """Kill the jobs and end the forkserver; return when no process is left."""
        self._is_open = False
        jobs = list(self._jobs.values())
        for job in jobs:
            job.kill()
        if jobs:
            await asyncio.wait([job.outcome for job in jobs])
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    async def run(self, task: Task, on_message: Callable[[Message], None]) -> Outcome:
        """Run a task in a process of its own and return how it ended.

        A forkserver that has ended is replaced first. Raises ValueError when the job is running already, RuntimeError
        when the executor is not started, OSError when the system gives no process or descriptor, and what `on_message`
        raises, after the job was killed.
        """
        if not self._is_open:
            raise RuntimeError("The executor is not started.")
        if task.job_id in self._jobs:
            raise ValueError(f"{task.job_id} is running already.")
        if task.function not in self._functions:
            reason = f"There is no function {task.function!r} for jobs."
            return Failed(message=reason, code=FailureCode.UNKNOWN_FUNCTION)
        self._numbers += 1
        job = JobProcess(task, number=self._numbers, on_message=on_message)
        self._jobs[task.job_id] = job
        try:
            return await self._finish(job)
        finally:
            del self._jobs[task.job_id]

    async def kill(self, job_id: str) -> None:
        """Kill a job; return when it and all that it has started are gone."""
        job = self._jobs.get(job_id)
        if job is None:
            return
        job.kill()
        await asyncio.wait([job.outcome])

    def active(self) -> Mapping[str, int | None]:
        """Every running job and the id of its process, None while it has none."""
        return {job_id: job.pid for job_id, job in self._jobs.items()}

    async def _finish(self, job: JobProcess) -> Outcome:
        try:
            link = self._forkserver()
            waits: list[asyncio.Future[Any]] = [link.ready, job.outcome]  # Any: futures of different things
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if not job.outcome.done():
                _start(job, link)
            await asyncio.wait([job.outcome])
        finally:
            if not job.outcome.done():
                job.kill()
                await asyncio.wait([job.outcome])
        if job.error is not None:
            raise job.error
        return job.outcome.result()

    def _forkserver(self) -> Link:
        if self._link is None or self._link.is_lost:
            self._link = link = Link(
                preload=self._preload,
                nice=self._nice,
                on_gone=self._gone,
                on_lost=lambda: self._lost(link),
            )
            link.ready.add_done_callback(lambda _: self._complain(link))
        return self._link

    def _complain(self, link: Link) -> None:
        for problem in link.missing:
            logger.warning("The forkserver could not import %s", problem)

    def _gone(self, number: int, status: int | None, console: str) -> None:
        for job in self._jobs.values():
            if job.number == number:
                job.gone(status, console)

    def _lost(self, link: Link) -> None:
        if self._is_open:
            logger.warning("The forkserver %d ended; the next job starts another", link.pid)
        for job in self._jobs.values():
            if job.link is link:
                job.orphaned()


def _start(job: JobProcess, link: Link) -> None:
    if link.ready.result() and not link.is_lost:
        job.start(link)
        return
    reason = "The process that starts jobs ended before it could start this one."
    job.outcome.set_result(Failed(message=reason, code=FailureCode.KILLED, is_retryable=True))
