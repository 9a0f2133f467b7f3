"""Group commit: what many callers want written goes into one transaction, and each of them hears of its own part."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection

from models.row import Row
from models.unit import T, Unit, add_rows, run_unit

GROUP_SIZE = 256

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """The part of a group that was committed, with what its unit returned."""

    value: Any = None


Task = Unit[Any] | Sequence[Row]
"""A unit of work, or rows to add."""

Outcome = Done | Exception


class GroupWriter:
    """Collects tasks while a group is being committed; the next group takes all of them."""

    def __init__(self, run: Callable[[list[Task]], Awaitable[list[Outcome]]]) -> None:
        self._run = run
        self._waiting: deque[tuple[Task, asyncio.Future[Any]]] = deque()
        self._is_open = False
        self._loop: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Starts taking tasks."""
        self._is_open, self._wake = True, asyncio.Event()
        self._loop = asyncio.create_task(self._take_groups(), name="database-writer")

    async def close(self) -> None:
        """Commits what was accepted, then takes nothing more."""
        self._is_open = False
        if self._loop is not None:
            self._wake.set()
            await self._loop

    async def write(self, unit: Unit[T]) -> T:
        """What the unit returns, after the commit of its group."""
        value: T = await self._accept(unit)
        return value

    async def append(self, rows: Sequence[Row]) -> None:
        """Adds rows; returns after the commit of their group."""
        await self._accept(rows)

    def _accept(self, task: Task) -> asyncio.Future[Any]:
        if not self._is_open:
            raise RuntimeError("the database is not open")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((task, future))
        self._wake.set()
        return future

    async def _take_groups(self) -> None:
        try:
            while self._is_open or self._waiting:
                if not self._waiting:
                    self._wake.clear()
                    await self._wake.wait()
                    continue
                group = [self._waiting.popleft() for _ in range(min(GROUP_SIZE, len(self._waiting)))]
                group = [(task, future) for task, future in group if not future.cancelled()]
                if group:
                    await self._commit(group)
        finally:  # nobody waits for a writer that is gone
            self._is_open = False
            for _, future in self._waiting:
                future.cancel()

    async def _commit(self, group: list[tuple[Task, asyncio.Future[Any]]]) -> None:
        outcomes: Sequence[Outcome] = ()
        try:
            outcomes = await self._run([task for task, _ in group])
        except Exception as failure:  # the transaction itself failed: everybody in it is told
            log.warning("a transaction of %d tasks failed: %s", len(group), failure)
            outcomes = [failure] * len(group)
        finally:
            for (_, future), outcome in zip_longest(group, outcomes):
                _tell(future, outcome)


def run_group(connection: Connection, tasks: Sequence[Task], begin: Callable[[], Any] = lambda: None) -> list[Outcome]:
    """Runs tasks in one transaction, which `begin` may open with a statement of its own, and commits it.

    A task that fails is undone alone. Rows to add go in together, in one statement a table, before the units; when that
    fails, each task's rows by themselves. Raises what the database raises when the transaction as a whole fails.
    """
    if len(tasks) == 1:
        return [_run_alone(connection, tasks[0], begin)]
    with connection.begin():
        begin()
        appends = [task for task in tasks if not callable(task)]
        are_added = len(appends) > 1 and _attempt(connection, lambda: _add(connection, *appends)) == Done()
        outcomes: list[Outcome] = []
        for task in tasks:
            if callable(task):
                outcomes.append(_attempt(connection, partial(run_unit, connection, task)))
            elif are_added:
                outcomes.append(Done())
            else:
                outcomes.append(_attempt(connection, partial(_add, connection, task)))
        return outcomes


def _run_alone(connection: Connection, task: Task, begin: Callable[[], Any]) -> Outcome:
    try:
        with connection.begin():
            begin()
            if callable(task):
                return Done(run_unit(connection, task, is_alone=True))
            add_rows(connection, task)
            return Done()
    except Exception as problem:  # it belongs to whoever asked for the task
        return problem


def _add(connection: Connection, *batches: Sequence[Row]) -> None:
    with connection.begin_nested():
        add_rows(connection, (row for rows in batches for row in rows))


def _attempt(connection: Connection, action: Callable[[], Any]) -> Outcome:
    try:
        return Done(action())
    except Exception as problem:  # it belongs to whoever asked for the task: the others in the group go on
        if not _is_in_transaction(connection):
            raise
        return problem


def _is_in_transaction(connection: Connection) -> bool:
    """False when the database has given up the whole transaction, as SQLite does when the disk is full."""
    return getattr(connection.connection.dbapi_connection, "in_transaction", True) and not connection.invalidated


def _tell(future: asyncio.Future[Any], outcome: Outcome | None) -> None:
    if future.cancelled():
        return
    if isinstance(outcome, Done):
        future.set_result(outcome.value)
    elif isinstance(outcome, StopIteration):  # it would end whoever waits as if nothing were wrong
        error = RuntimeError("a unit of work raised StopIteration")
        error.__cause__ = outcome
        future.set_exception(error)
    elif outcome is not None:
        future.set_exception(outcome)
    else:  # the writer was stopped in the middle
        future.cancel()
