"""PostgreSQL over asyncpg, for when one file is not enough, or one server process."""

from collections.abc import Sequence

from sqlalchemy import URL, func, make_url, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from models.columns import from_json, to_json
from models.group import GroupWriter, Outcome, Task, run_group
from models.row import Row
from models.unit import T, Unit, read_unit

POOL_SIZE = 10

SERVER_SETTINGS = {
    "application_name": "modelgraph",
    "jit": "off",  # it costs more than short statements do
    "idle_in_transaction_session_timeout": "60s",  # a server process that hangs does not keep the lock for ever
}

WRITE_LOCK = 0x6D6F64656C
"""The advisory lock that whoever writes holds until its commit."""


class PostgresDatabase:
    """A PostgreSQL database that behaves as SQLite does: writers one after the other, readers beside them.

    All server processes take one lock to write, so that a unit sees what the one before it left, events are numbered in
    the order of their commits, and nothing needs to be tried again. Group commit shares the lock, and the sync of the
    disk, among all that wait in a process. Rows that are only appended go without the lock.
    """

    is_sqlite = False

    def __init__(self, url: str) -> None:
        self._engine = make_engine(url)
        self._reading = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writer = GroupWriter(self._run_group)
        self._appender = GroupWriter(self._run_group)

    async def open(self) -> None:
        """Checks that the server answers and starts taking work."""
        async with self._engine.connect():
            pass
        self._writer.open()
        self._appender.open()

    async def close(self) -> None:
        """Commits what was accepted, then closes the pool."""
        await self._writer.close()
        await self._appender.close()
        await self._engine.dispose()

    async def read(self, unit: Unit[T]) -> T:
        """Runs in a transaction that sees one moment and cannot write."""
        async with self._reading.connect() as connection:
            return await connection.run_sync(lambda sync: read_unit(sync, unit))

    async def write(self, unit: Unit[T]) -> T:
        """Joins the next group of this process; returns after its commit."""
        return await self._writer.write(unit)

    async def append(self, rows: Sequence[Row]) -> None:
        """Joins the next group of rows to add; returns after its commit."""
        await self._appender.append(rows)

    def read_now(self, unit: Unit[T]) -> T:  # noqa: ARG002  # the protocol has it
        """Not possible: every look-up waits for the network. Raises RuntimeError."""
        raise RuntimeError("PostgreSQL is only read asynchronously")

    async def _run_group(self, tasks: list[Task]) -> list[Outcome]:
        is_locking = any(callable(task) for task in tasks)
        async with self._engine.connect() as connection:
            return await connection.run_sync(
                lambda sync: run_group(
                    sync, tasks, lambda: is_locking and sync.execute(select(func.pg_advisory_xact_lock(WRITE_LOCK)))
                )
            )


def make_engine(url: str) -> AsyncEngine:
    """An engine over asyncpg for an address in the spelling of PostgreSQL's own clients."""
    return create_async_engine(
        _address(url),
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_pre_ping=True,  # a restarted server costs nobody an error
        json_serializer=to_json,
        json_deserializer=from_json,
        connect_args={"server_settings": SERVER_SETTINGS},
    )


def _address(url: str) -> URL:
    parsed = make_url(url).set(drivername="postgresql+asyncpg")
    mode = parsed.query.get("sslmode")
    return parsed if mode is None else parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
