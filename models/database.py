"""Units of work on SQLite or PostgreSQL: plain functions of a session, run where they cost least.

A unit of work is all or nothing, and has no effects besides those on its session. It neither commits nor rolls back: it
returns, or raises. What may fail inside it goes into `session.begin_nested()`. The rows that it returns can be used
afterwards; they are bound to nothing.
"""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import make_url

from models.row import Row
from models.unit import T, Unit

__all__ = ["Database", "Unit", "make_database"]


class Database(Protocol):
    """Where units of work are run. Writing units run one after the other, each on what the one before it left."""

    is_sqlite: bool

    async def open(self) -> None:
        """Connects. Raises what the driver raises when it cannot."""

    async def close(self) -> None:
        """Finishes what was accepted and disconnects."""

    async def read(self, unit: Unit[T]) -> T:
        """What the unit returns, from a consistent view of all committed changes. It cannot change anything."""

    async def write(self, unit: Unit[T]) -> T:
        """What the unit returns, once its changes are committed; when it raises, none of them is kept.

        A caller that is canceled while it waits does not know whether the unit was committed.
        """

    async def append(self, rows: Sequence[Row]) -> None:
        """Adds rows that are complete and never change, all or none; returns once they are committed.

        Several times as fast as a unit of work, and without revisions, events or claims on contents.
        """

    def read_now(self, unit: Unit[T]) -> T:
        """Like `read`, without leaving the thread: only for look-ups that take microseconds, and only on SQLite."""


def make_database(url: str) -> Database:
    """The database behind an SQLAlchemy address such as `sqlite:////data/modelgraph.db` or `postgresql://host/name`.

    Raises ValueError for any other kind, and for SQLite in memory.
    """
    if is_postgres(url):
        from models.postgres import PostgresDatabase  # the driver is an extra, and not loaded in vain

        return PostgresDatabase(url)
    from models.sqlite import SqliteDatabase

    return SqliteDatabase(make_url(url).database or "")


def is_postgres(url: str) -> bool:
    """Whether an address leads to PostgreSQL; if not, it leads to SQLite. Raises ValueError for any other kind."""
    backend = make_url(url).get_backend_name()
    if backend not in ("sqlite", "postgresql", "postgres"):
        raise ValueError(f"the database must be SQLite or PostgreSQL, not {backend}")
    return backend != "sqlite"
