"""How a column is declared once: markers that say who may use it, and the column types that both databases share."""

import datetime as dt
import enum
import json
import math
from collections.abc import Iterator
from typing import Any

import orjson
from pydantic.fields import FieldInfo
from sqlalchemy import JSON, DateTime, Dialect, Enum, Float, String, TypeDecorator
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel


class Use(enum.Enum):
    """What clients may do with a column beyond reading it, and what storage must know about it."""

    CREATE = "create"
    PATCH = "patch"
    FILTER = "filter"
    ORDER = "order"
    HIDDEN = "hidden"
    CONTENT = "content"
    LOOKUP = "lookup"


CREATE, PATCH, FILTER, ORDER, HIDDEN, CONTENT, LOOKUP = Use
"""CREATE, PATCH: part of that input. FILTER, ORDER: part of lists. HIDDEN: not in the graph as it is. CONTENT: the
digest of a blob that lives as long as the row and its revisions. LOOKUP: an index begins with it, because the rows with
one value of it are often listed, newest first."""


class BigInt:
    """Marks an integer that may not fit the 32 bits of a GraphQL Int; its column is a `BigInteger`."""


BIG = BigInt()

SEPARATOR = "\x1f"


def columns(table: type[SQLModel], use: Use) -> Iterator[tuple[str, FieldInfo]]:
    """The columns of a table that carry a marker, in the order of their declaration."""
    for name, info in table.model_fields.items():
        if use in info.metadata:
            yield name, info


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment, stored in UTC and always read with its zone. One without a zone is taken for UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """UTC; SQLite stores it without the zone, so that texts compare like moments."""
        if value is None:
            return None
        value = to_utc(value)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        """The stored moment with its zone."""
        return None if value is None else to_utc(value)


class Number(TypeDecorator[float]):
    """A floating-point number. NaN is stored as a missing value, as SQLite has no other way."""

    impl = Float
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:  # noqa: ARG002
        """None for NaN."""
        return None if value is None or math.isnan(value) else value


class StringList(TypeDecorator[list[str]]):
    """A list of strings as one text that can be searched for a member on every database.

    Each member is enclosed in unit separators (U+001F), which members themselves may not contain.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """`["a", "b"]` becomes `␟a␟b␟`, and `[]` an empty text. Raises ValueError for a separator in a member."""
        if value is None:
            return None
        if any(SEPARATOR in member for member in value):
            raise ValueError("a member of a list of strings contains the separator U+001F")
        return f"{SEPARATOR}{SEPARATOR.join(value)}{SEPARATOR}" if value else ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str] | None:  # noqa: ARG002
        """The members in their order."""
        if value is None:
            return None
        return value[1:-1].split(SEPARATOR) if value else []


class Json(TypeDecorator[Any]):  # Any: whatever JSON can say
    """Plain JSON values, written by `to_json`. A Python None is stored as SQL NULL."""

    impl = JSON(none_as_null=True)
    cache_ok = True


def to_json(value: Any) -> str:
    """JSON text that every database accepts. NaN and the infinities, which JSON does not have, become null.

    Integers beyond 64 bits are written whole, and read back as floating-point numbers.
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # integers beyond 64 bits, keys that are numbers, subclasses of float, lone surrogates
        return json.dumps(_finite(value), allow_nan=False)


def from_json(text: str | bytes) -> Any:
    """The value of a JSON text that `to_json` has written."""
    try:
        return orjson.loads(text)
    except ValueError:  # a lone surrogate
        return json.loads(text)


def to_plain(value: Any) -> Any:
    """The value of a column as JSON has it; `from_plain` reads it back."""
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return value.value if isinstance(value, enum.Enum) else value


def from_plain(kind: TypeEngine[Any], value: Any) -> Any:
    """The value of a column of that type. Raises ValueError or TypeError for what no such column can have held."""
    if value is None:
        return None
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class(value)
    return to_utc(dt.datetime.fromisoformat(value)) if isinstance(kind, UtcDateTime) else value


def to_utc(moment: dt.datetime) -> dt.datetime:
    """The same moment in UTC. One without a zone is taken for UTC. Raises OverflowError beyond the years 1 to 9999."""
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def now() -> dt.datetime:
    """This moment, with its zone."""
    return dt.datetime.now(dt.UTC)


def words(values: type[enum.Enum]) -> Enum:
    """A column of one of the words of an enum, stored as text, so that a new word needs no change of the database."""
    return Enum(values, native_enum=False, create_constraint=False, length=40)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list | tuple) else value
