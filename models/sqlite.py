"""SQLite: one file, one writer with group commit, a few threads that read."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import aiosqlite
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool, StaticPool

from models.columns import from_json, to_json
from models.group import GroupWriter, Outcome, Task, run_group
from models.query import fold_text
from models.row import Row
from models.unit import T, Unit, read_unit

READ_THREADS = 3
BUSY_TIMEOUT_MS = 10_000
CACHE_KB = 8000
CONNECT: dict[str, Any] = {"check_same_thread": False, "isolation_level": None}
"""How connections are made: usable from more than one thread, and beginning no transaction by themselves."""


class WritingConnection(aiosqlite.Connection):
    """The one connection that writes, with the thread that aiosqlite keeps for it.

    A whole group of units goes to that thread as one call: one hop, where the driver's own methods hop twice for every
    statement.
    """

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns, computed on the connection's thread."""
        return cast("T", await self._execute(work))  # type: ignore[no-untyped-call]  # it has no types

    def raw(self) -> sqlite3.Connection:
        """The connection itself: only for what runs on its thread."""
        return self._conn


class SqliteDatabase:
    """A file in WAL mode, synced at every commit.

    All writing is done by one connection of aiosqlite, a group of units in one `BEGIN IMMEDIATE` transaction. Each
    reading thread, and the thread of the event loop, has a connection of its own that cannot write.
    """

    is_sqlite = True

    def __init__(self, path: str) -> None:
        if path in ("", ":memory:"):
            raise ValueError("a database in memory cannot be shared between connections: name a file")
        self._path = path
        self._reading = make_engine(path, begin="BEGIN", is_read_only=True)
        self._writer = GroupWriter(self._run_group)
        self._connections: list[Connection] = []
        self._is_open = False

    async def open(self) -> None:
        """Opens the writer's connection and starts taking work."""
        self._writing = WritingConnection(lambda: sqlite3.connect(self._path, **CONNECT), iter_chunk_size=64)
        try:
            await self._writing
        except sqlite3.Error as problem:
            raise OperationalError("connect", None, problem) from problem
        engine = make_engine(self._path, begin="BEGIN IMMEDIATE", creator=self._writing.raw)
        self._connection = await self._writing.run(engine.connect)
        self._is_open = True
        self._local = threading.local()
        self._threads = ThreadPoolExecutor(READ_THREADS, thread_name_prefix="read")
        self._writer.open()

    async def close(self) -> None:
        """Commits what was accepted, lets reads end, then closes all connections."""
        if not self._is_open:
            return
        self._is_open = False
        await self._writer.close()
        await asyncio.to_thread(self._threads.shutdown)
        await self._writing.run(self._connection.close)
        await self._writing.close()
        while self._connections:
            self._connections.pop().close()

    async def read(self, unit: Unit[T]) -> T:
        """Runs on a reading thread."""
        if not self._is_open:
            raise RuntimeError("the database is not open")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, unit)

    def read_now(self, unit: Unit[T]) -> T:
        """Runs on this thread."""
        if not self._is_open:
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
        return await self._writing.run(lambda: run_group(self._connection, tasks))


def make_engine(
    path: str, *, begin: str, is_read_only: bool = False, creator: Callable[[], sqlite3.Connection] | None = None
) -> Engine:
    """An engine whose transactions begin with that statement: the driver itself begins none.

    With a `creator` all its work is done on the one connection that it gives, which is not closed with the engine.
    """
    engine = create_engine(
        URL.create("sqlite", database=path),
        poolclass=NullPool if creator is None else StaticPool,
        **({"connect_args": CONNECT} if creator is None else {"creator": creator}),
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
