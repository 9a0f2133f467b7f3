"""Units of work: functions of a session, and how a group of them shares one transaction."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, insert, inspect
from sqlalchemy.exc import InvalidRequestError
from sqlmodel import Session

from models.row import Row

T = TypeVar("T")
Unit = Callable[[Session], T]


class UnitSession(Session):
    """The session of a unit of work. Its end is not the unit's business; `begin_nested` is there for what may fail."""

    def commit(self) -> None:
        """Not for units. Raises RuntimeError."""
        raise RuntimeError("a unit of work is committed by the database that runs it")

    def rollback(self) -> None:
        """Not for units. Raises RuntimeError."""
        raise RuntimeError("a unit of work is undone by raising an error; what may fail goes into begin_nested()")


def run_unit(connection: Connection, unit: Unit[T], *, is_alone: bool = False) -> T:
    """What the unit returns, its changes handed over to the transaction that the connection is in.

    When it raises, or has hidden that a change failed, none of them is kept: by itself the unit is undone to a
    savepoint, `is_alone` with the whole transaction. Rows keep their values when the session is gone.
    """
    session = UnitSession(
        bind=connection,
        autoflush=False,
        expire_on_commit=False,
        join_transaction_mode="rollback_only" if is_alone else "create_savepoint",
    )
    try:
        value = unit(session)
        session.flush()
        _load_forgotten(session)
        Session.commit(session)
        return value
    except BaseException:
        Session.rollback(session)
        raise
    finally:
        session.close()


def _load_forgotten(session: Session) -> None:
    """Reads again what an undone nested transaction made rows forget, while there is a session to read with."""
    for row in list(session.identity_map.values()):
        if inspect(row).expired_attributes:
            with suppress(InvalidRequestError):  # the row is gone
                session.refresh(row)


def read_unit(connection: Connection, unit: Unit[T]) -> T:
    """What the unit returns; its transaction is over then, and nothing is changed."""
    with UnitSession(bind=connection, autoflush=False, expire_on_commit=False) as session:
        return unit(session)


def add_rows(connection: Connection, rows: Iterable[Row]) -> None:
    """Inserts rows with one statement a table, past the session: they come with all their values, ids included."""
    tables: dict[type[Row], list[Row]] = {}
    for row in rows:
        tables.setdefault(type(row), []).append(row)
    for table, members in tables.items():
        sql = table.__table__  # type: ignore[attr-defined]  # a table has it
        names = sql.c.keys()
        connection.execute(insert(sql), [_values(row, names) for row in members])


def _values(row: Row, names: Sequence[str]) -> dict[str, Any]:
    attributes = row.__dict__
    return {name: attributes.get(name) for name in names}
