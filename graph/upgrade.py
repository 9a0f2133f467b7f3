"""The tables of the database: made for an empty one, brought up to date on request, never behind an operator's back."""

import enum
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from graph.errors import OperatorError
from graph.logs import redact
from graph.settings import Settings
from models import migration


class DatabaseError(OperatorError):
    """The database cannot be used as it is; the message says why, and what to do about it."""


class Tables(enum.Enum):
    """What the tables of a database are to this version of the program."""

    ABSENT = "empty"
    OLDER = "of an earlier version; run `modelgraph upgrade`"
    CURRENT = "up to date"
    NEWER = "of a later version; run that version of Modelgraph"


def tables(settings: Settings) -> Tables:
    """The state of the database. Raises DatabaseError when it is out of reach."""
    with _reaching():
        current, newest = migration.current(settings.database), migration.newest()
    if current is None:
        return Tables.ABSENT
    if current == newest:
        return Tables.CURRENT
    return Tables.NEWER if newest is None or current > newest else Tables.OLDER


def prepare(settings: Settings) -> None:
    """Makes the tables of an empty database. Raises DatabaseError for one of another version, or out of reach."""
    found = tables(settings)
    if found is Tables.ABSENT:
        upgrade(settings)
    elif found is not Tables.CURRENT:
        raise DatabaseError(f"the database is {found.value}")


def upgrade(settings: Settings) -> None:
    """Brings the tables up to date. Raises DatabaseError for those of a later version, or out of reach."""
    found = tables(settings)
    if found is Tables.NEWER:
        raise DatabaseError(f"the database is {found.value}")
    if found is not Tables.CURRENT:
        with _reaching():
            migration.upgrade(settings.database)


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except ImportError as problem:
        raise DatabaseError(f"the driver of the database is not installed: {problem}") from problem
    except (SQLAlchemyError, OSError, ValueError) as problem:
        sentence = str(getattr(problem, "orig", None) or problem)
        raise DatabaseError(redact(f"the database cannot be used: {sentence}")) from problem
