"""Filters and orders as data, and their translation into SQL that means the same on SQLite and PostgreSQL."""

import datetime as dt
import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    String,
    TypeDecorator,
    and_,
    false,
    func,
    literal,
    not_,
    or_,
    true,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeEngine

from models.columns import SEPARATOR, Json, StringList, to_utc
from models.errors import InvalidInput
from models.resource import Resource

MEMBERS_LIMIT = 500
"""How many values one IN may have."""

CONDITIONS_LIMIT = 100
"""How many conditions one filter may have. On a list column every value of an IN is one."""

DEPTH_LIMIT = 12
"""How deep conditions may lie inside each other: the parser of SQLite has a stack of 100 entries."""


class Operator(enum.Enum):
    """How a column is compared with a value."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    CONTAINS = "contains"
    ICONTAINS = "icontains"
    STARTS_WITH = "starts_with"
    ISTARTS_WITH = "istarts_with"


@dataclass(frozen=True, slots=True)
class Where:
    """A comparison of one column. A missing value meets none but EQ None and IN with a None among its values.

    On a list column EQ and IN ask for members, CONTAINS and STARTS_WITH for the text of a member.
    """

    column: str
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these holds."""

    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these holds."""

    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold; a missing value counts as not holding the inner condition."""

    of: "Condition"


Condition = Where | All | Either | Not


@dataclass(frozen=True, slots=True)
class Order:
    """One key of an order; missing values come last, whatever the direction."""

    column: str
    descending: bool = False


class position(GenericFunction[int]):  # noqa: N801  # named like the SQL function
    """Where a text begins inside another, counted from 1; 0 when it is not there. Case matters."""

    inherit_cache = True
    name = "position"


class fold(GenericFunction[str]):  # noqa: N801  # likewise
    """A text in lower case, letter by letter, whatever stands around it."""

    inherit_cache = True
    name = "fold"
    type = String()


@compiles(position, "sqlite")
def _position_sqlite(element: position, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


@compiles(position, "postgresql")
def _position_postgresql(element: position, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


@compiles(fold, "postgresql")
def _fold_postgresql(element: fold, compiler: SQLCompiler, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"


def fold_text(text: str) -> str:
    """What the SQL function `fold` does on SQLite: lower case as PostgreSQL has it.

    Python's own `lower` looks at neighbours (the final sigma) and may make two letters of one (a dotted capital I).
    """
    return text.replace("\u0130", "i").replace("\u03a3", "\u03c3").lower()


def to_sql(table: type[Resource], condition: Condition) -> ColumnElement[bool]:
    """The SQL of a condition on a table. Raises InvalidInput for a comparison that the column does not have, for a
    value that it cannot hold, and for a filter beyond the limits."""
    if _weigh(condition, 1) > CONDITIONS_LIMIT:
        raise InvalidInput(f"a filter may have {CONDITIONS_LIMIT} conditions at most", ("filter",))
    return _to_sql(table, condition)


def column_of(table: type[Resource], name: str) -> Column[Any]:
    """A column of a table. Raises InvalidInput for an unknown name."""
    column: Column[Any] | None = table.__table__.c.get(name)  # type: ignore[attr-defined]  # a table has it
    if column is None:
        raise InvalidInput(f"a {table.kind} has no {name}", (name,))
    return column


def check_value(column: Column[Any], value: Any) -> Any:
    """A value that both databases can compare the column with. Raises InvalidInput for any other."""
    plain = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    kind = plain.python_type
    try:
        return _CHECKS.get(kind, _check_enum)(kind, value)
    except (TypeError, ValueError, OverflowError) as problem:
        raise InvalidInput(f"{column.name} cannot be {value!r:.80}", (column.name,)) from problem


def bind(column: Column[Any], value: Any) -> ColumnElement[Any]:
    """A checked value, to compare that column with: also an integer of 64 bits with a column of 32."""
    return literal(value, _bound_type(column))


def _weigh(condition: Condition, depth: int) -> int:
    if depth > DEPTH_LIMIT:
        raise InvalidInput(f"conditions may lie {DEPTH_LIMIT} deep at most", ("filter",))
    if isinstance(condition, All | Either):
        return 1 + sum(_weigh(inner, depth + 1) for inner in condition.of)
    if isinstance(condition, Not):
        return 1 + _weigh(condition.of, depth + 1)
    return 1


def _to_sql(table: type[Resource], condition: Condition) -> ColumnElement[bool]:
    if isinstance(condition, All):
        return and_(true(), *(_to_sql(table, inner) for inner in condition.of))
    if isinstance(condition, Either):
        return or_(false(), *(_to_sql(table, inner) for inner in condition.of))
    if isinstance(condition, Not):
        return not_(func.coalesce(_to_sql(table, condition.of), false()))
    column = column_of(table, condition.column)
    if isinstance(column.type, Json):
        raise InvalidInput(f"{condition.column} cannot be compared", (condition.column,))
    if isinstance(column.type, StringList):
        return _list_sql(column, condition)
    return _scalar_sql(column, condition)


def _scalar_sql(column: Column[Any], where: Where) -> ColumnElement[bool]:
    value, operator = where.value, where.operator
    if operator is Operator.IN:
        return _one_of(column, _members(where))
    if value is None:
        if operator in (Operator.EQ, Operator.NE):
            return column.is_(None) if operator is Operator.EQ else column.is_not(None)
        raise InvalidInput(f"{where.column} cannot be compared with null", (where.column,))
    value = check_value(column, value)
    if operator in _COMPARE:
        result: ColumnElement[bool] = getattr(column, _COMPARE[operator])(bind(column, value))
        return result
    if not isinstance(value, str):
        raise InvalidInput(f"{where.column} is not a text", (where.column,))
    return _text_sql(column, operator, literal(value, String()))


def _one_of(column: Column[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    given = [check_value(column, value) for value in values if value is not None]
    found = type_coerce(column, _bound_type(column)).in_(given) if given else false()
    return or_(found, column.is_(None)) if len(given) < len(values) else found


def _bound_type(column: Column[Any]) -> TypeEngine[Any]:
    return BigInteger() if isinstance(column.type, Integer) else column.type


def _text_sql(column: ColumnElement[Any], operator: Operator, value: ColumnElement[str]) -> ColumnElement[bool]:
    if operator in (Operator.ICONTAINS, Operator.ISTARTS_WITH):
        column, value = fold(column), fold(value)
    if operator in (Operator.CONTAINS, Operator.ICONTAINS):
        return position(column, value) > 0
    return func.substr(column, 1, func.length(value), type_=String()) == value


def _list_sql(column: Column[Any], where: Where) -> ColumnElement[bool]:
    if where.operator not in _ENDS:
        raise InvalidInput(f"{where.column} is a list, which has no order", (where.column,))
    before, after = _ENDS[where.operator]
    texts = [check_value(column, value) for value in _members(where, limit=CONDITIONS_LIMIT)]
    # A member is enclosed in separators: looking for one alone finds the lists that are not empty.
    parts = [literal(f"{before}{text}{after}" or SEPARATOR, String()) for text in texts if SEPARATOR not in text]
    text: ColumnElement[str] = type_coerce(column, String())
    if where.operator in (Operator.ICONTAINS, Operator.ISTARTS_WITH):
        text, parts = fold(text), [fold(part) for part in parts]  # type: ignore[misc]  # both are texts
    found = or_(false(), *(position(text, part) > 0 for part in parts))
    return not_(found) if where.operator is Operator.NE else found


def _members(where: Where, *, limit: int = MEMBERS_LIMIT) -> Sequence[Any]:
    """The values of an IN, or the one value of another comparison."""
    if where.operator is not Operator.IN:
        return [where.value]
    if not isinstance(where.value, list | tuple | set | frozenset):
        raise InvalidInput(f"{where.column} is compared with a list of values", (where.column,))
    if len(where.value) > limit:
        raise InvalidInput(f"{where.column} may be compared with {limit} values at most", (where.column,))
    return list(where.value)


def _check_bool(_kind: type, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _check_int(_kind: type, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(value)
    if not -(1 << 63) <= value < 1 << 63:
        raise OverflowError(value)
    return value


def _check_float(_kind: type, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or math.isnan(value):
        raise TypeError(value)
    return float(value)


def _check_text(_kind: type, value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError(value)
    value.encode()  # raises ValueError for half of a surrogate pair, which UTF-8 does not have
    return value


def _check_moment(_kind: type, value: Any) -> dt.datetime:
    if not isinstance(value, dt.datetime):
        raise TypeError(value)
    return to_utc(value)


def _check_enum(kind: type, value: Any) -> Any:
    if issubclass(kind, enum.Enum):
        return kind(value)
    raise TypeError(value)


_CHECKS = {bool: _check_bool, int: _check_int, float: _check_float, str: _check_text, dt.datetime: _check_moment}

_COMPARE = {
    Operator.EQ: "__eq__",
    Operator.NE: "__ne__",
    Operator.GT: "__gt__",
    Operator.GTE: "__ge__",
    Operator.LT: "__lt__",
    Operator.LTE: "__le__",
}

_ENDS = {
    Operator.EQ: (SEPARATOR, SEPARATOR),
    Operator.NE: (SEPARATOR, SEPARATOR),
    Operator.IN: (SEPARATOR, SEPARATOR),
    Operator.CONTAINS: ("", ""),
    Operator.ICONTAINS: ("", ""),
    Operator.STARTS_WITH: (SEPARATOR, ""),
    Operator.ISTARTS_WITH: (SEPARATOR, ""),
}
"""What stands before and after the text that a list column is searched for."""
