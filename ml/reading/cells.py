"""Typed cells of formats that have types (JSON, Excel): their texts, and what a column of them is."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from typing import Any

import pyarrow as pa

from ml.fields import Optype
from ml.reading.table import Column

BATCH_ROWS = 8192


class NumberText(str):
    """A number as it was written."""

    __slots__ = ()


class Kind(Enum):
    """What a cell is in the file's own terms."""

    NUMBER = auto()
    BOOLEAN = auto()
    TEXT = auto()


def cell_text(cell: Any) -> str | None:  # Any: whatever a reader of the format makes of a cell
    """The text of a cell, null for none: numbers in their shortest form, moments as ISO 8601, nested values as JSON."""
    if cell is None:
        return None
    if isinstance(cell, str):
        return str(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell != cell:
            return None
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="milliseconds" if cell.microsecond else "seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell.total_seconds())
    return json.dumps(_plain(cell), ensure_ascii=False, default=str)


def cell_kind(cell: Any) -> Kind | None:  # Any: as above
    """The kind of a cell; None for a missing one, which may be of any kind."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return Kind.BOOLEAN
    if isinstance(cell, int | float | NumberText | timedelta):
        return Kind.NUMBER
    return Kind.TEXT


def typed_column(name: str, cells: Iterable[Any]) -> Column:  # Any: as above
    """A column as its cells declare it: numbers are numeric, booleans categorical, all else is left open."""
    kinds = {kind for cell in cells if (kind := cell_kind(cell)) is not None}
    if kinds == {Kind.NUMBER}:
        return Column(name, Optype.NUMERIC)
    return Column(name, Optype.CATEGORICAL) if kinds == {Kind.BOOLEAN} else Column(name)


def batch_of(rows: Sequence[Sequence[Any]], wanted: Sequence[int]) -> pa.RecordBatch:  # Any: as above
    """The wanted columns of rows of cells as texts; cells that a row lacks at its end are null."""
    arrays = [_texts([row[index] if index < len(row) else None for row in rows]) for index in wanted]
    return pa.RecordBatch.from_arrays(arrays, names=[str(index) for index in wanted])


def _texts(cells: list[Any]) -> pa.Array:  # Any: as above
    if all(cell is None or isinstance(cell, str) for cell in cells):
        return pa.array(cells, pa.string())
    return pa.array([cell_text(cell) for cell in cells], pa.string())


def _plain(cell: Any) -> Any:  # Any: nested JSON
    """A nested value with its numbers as numbers again."""
    if isinstance(cell, NumberText):
        return json.loads(cell)
    if isinstance(cell, dict):
        return {key: _plain(inner) for key, inner in cell.items()}
    return [_plain(inner) for inner in cell] if isinstance(cell, list) else cell
