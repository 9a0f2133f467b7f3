"""SQLite: one file, one writer with group commit, a few threads that read."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from models.columns import from_json, to_json
from models.group import GroupWriter, Outcome, Task, run_group
from models.query import fold_text
from models.row import Row
from models.unit import T, Unit, read_unit

READ_THREADS = 3
BUSY_TIMEOUT_MS = 10_000
CACHE_KB = 8000


class SqliteDatabase:
    """A file in WAL mode, synced at every commit.

    All writing is done by one thread on one connection, a group of units in one `BEGIN IMMEDIATE` transaction; a hop to
    that thread costs once a group, where an asynchronous driver hops twice a statement. Each reading thread, and the
    thread of the event loop, has a connection of its own that cannot write.
    """

    is_sqlite = True

    def __init__(self, path: str) -> None:
        if path in ("", ":memory:"):
            raise ValueError("a database in memory cannot be shared between connections: name a file")
        self._writing = make_engine(path, begin="BEGIN IMMEDIATE")
        self._reading = make_engine(path, begin="BEGIN", is_read_only=True)
        self._writer = GroupWriter(self._run_group)
        self._connections: list[Connection] = []

    async def open(self) -> None:
        """Opens the writer's connection and starts taking work."""
        self._connection = await asyncio.to_thread(self._writing.connect)
        self._connections.append(self._connection)
        self._local = threading.local()
        self._threads = ThreadPoolExecutor(READ_THREADS, thread_name_prefix="read")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._writer.open()

    async def close(self) -> None:
        """Commits what was accepted, lets reads end, then closes all connections."""
        if not self._connections:
            return
        await self._writer.close()
        await asyncio.to_thread(self._threads.shutdown)
        self._thread.shutdown()
        while self._connections:
            self._connections.pop().close()

    async def read(self, unit: Unit[T]) -> T:
        """Runs on a reading thread."""
        if not self._connections:
            raise RuntimeError("the database is not open")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, unit)

    def read_now(self, unit: Unit[T]) -> T:
        """Runs on this thread."""
        if not self._connections:
            raise RuntimeError("the database is not open")
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._reading.connect()
            self._connections.append(connection)
        return read_unit(connection, unit)

    async def write(self, unit: Unit[T]) -> T:
        """Joins the next group; returns after its commit."""
        return await self._writer.write(unit)

    async def append(self, rows: Sequence[Row]) -> None:
        """Joins the next group; returns after its commit."""
        await self._writer.append(rows)

    async def _run_group(self, tasks: list[Task]) -> list[Outcome]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, run_group, self._connection, tasks)


def make_engine(path: str, *, begin: str, is_read_only: bool = False) -> Engine:
    """An engine whose transactions begin with that statement: the driver itself begins none."""
    engine = create_engine(
        URL.create("sqlite", database=path),
        poolclass=NullPool,
        connect_args={"check_same_thread": False, "isolation_level": None},
        json_serializer=to_json,
        json_deserializer=from_json,
    )

    def prepare(connection: Any, _record: object) -> None:  # Any: the driver's connection
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",  # first: it covers the others
            "query_only=ON" if is_read_only else "journal_mode=WAL",
            "synchronous=FULL", "foreign_keys=ON", f"cache_size=-{CACHE_KB}", "temp_store=MEMORY",
        ):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}")
        connection.create_function("fold", 1, _fold, deterministic=True)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _fold(text: object) -> object:
    return fold_text(text) if isinstance(text, str) else text
