"""How many resources were made from others, for those who want to know before they delete something."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from graph.context import Context
from models.resource import Resource


@dataclass(frozen=True, slots=True)
class Made:
    """Rows of a table by a column that holds an id; with `through`, by a column of the rows that this column names."""

    table: type[Resource]
    column: str
    through: tuple[type[Resource], str] | None = None


async def numbers_made(context: Context, kinds: Sequence[Made], id: str) -> list[int]:
    """For each kind, how many rows were made from the resource with that id. All columns are looked up by index."""

    def unit(session: Session) -> list[int]:
        return [session.scalars(_statement(made, id)).one() for made in kinds]

    return await context.services.read(unit)


def _statement(made: Made, id: str) -> Any:
    columns: Any = made.table.__table__.c  # type: ignore[attr-defined]  # a table has it
    counted = select(func.count()).select_from(made.table)
    if made.through is None:
        return counted.where(columns[made.column] == id)
    table, column = made.through
    between: Any = table.__table__.c  # type: ignore[attr-defined]  # likewise
    return counted.where(columns[made.column].in_(select(between.id).where(between[column] == id)))
