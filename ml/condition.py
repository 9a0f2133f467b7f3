"""Expressions over the fields of a row: what they consist of, whether their types agree, and their values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from itertools import pairwise
from typing import Union

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ml.errors import ArgumentError
from ml.fields import Field, Optype
from ml.numbers import NumberStyle, parse_numbers
from ml.reading.cells import cell_text

COMPARISONS: dict[str, Callable[..., pa.Array]] = {
    "=": pc.equal,
    "!=": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}

_ARITHMETIC: dict[str, Callable[..., pa.Array]] = {
    "+": pc.add,
    "-": pc.subtract,
    "*": pc.multiply,
    "/": pc.divide,
}


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, a truth value, or None for a missing value."""

    value: float | str | bool | None


@dataclass(frozen=True, slots=True)
class FieldValue:
    """The value of a field: by its id once it has been checked, by any of its names before."""

    field: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the values of other expressions."""

    function: str
    arguments: tuple["Expression", ...]


Expression = Union[Literal, FieldValue, Call]  # noqa: UP007 - a forward reference cannot stand in the newer form


class Kind(StrEnum):
    """What an expression gives."""

    NUMBER = "number"
    TEXT = "text"
    TRUTH = "truth value"
    NOTHING = "missing value"


def checked(expression: Expression, known: Mapping[str, Field], argument: str) -> Expression:
    """The condition with ids for names of fields, and with literals in the type of what they are compared with.

    Raises ArgumentError with `argument` as path for unknown fields, types that do not go together, or no condition.
    """
    bound, kind = _Check(known, argument).visit(expression)
    if kind is not Kind.TRUTH:
        raise ArgumentError(f"The {argument} is a {kind}, not a condition.", (argument,))
    return bound


def truth(expression: Expression, rows: pa.RecordBatch, first_row: int) -> pa.Array:
    """The truth of a checked condition in every row, `first_row` being the number of the first one."""
    value = _Values(rows, first_row).of(expression)
    if isinstance(value, pa.Scalar):
        return pa.array([value.as_py()] * rows.num_rows, pa.bool_())
    return value


@dataclass(frozen=True, slots=True)
class _Check:
    known: Mapping[str, Field]
    argument: str

    def visit(self, expression: Expression) -> tuple[Expression, Kind]:
        match expression:
            case Literal(value=value):
                return expression, _kind_of(value)
            case FieldValue(field=name):
                field = self.known.get(name)
                if field is None:
                    raise ArgumentError(f"The {self.argument} names an unknown field {name!r}.", (self.argument,))
                return FieldValue(field.id), Kind.NUMBER if field.optype is Optype.NUMERIC else Kind.TEXT
            case Call(function=function, arguments=arguments):
                visited = [self.visit(inner) for inner in arguments]
                if function in COMPARISONS:
                    return self._comparison(function, visited), Kind.TRUTH
                inner = tuple(bound for bound, _ in visited)
                if function == "row-number":
                    return expression, Kind.NUMBER
                if function in _ARITHMETIC:
                    self._demand(function, visited, Kind.NUMBER)
                    return Call(function, inner), Kind.NUMBER
                if function != "missing?":
                    self._demand(function, visited, Kind.TRUTH)
                return Call(function, inner), Kind.TRUTH

    def _demand(self, function: str, visited: list[tuple[Expression, Kind]], wanted: Kind) -> None:
        for _, kind in visited:
            if kind is not wanted:
                raise self._mismatch(function, kind)

    def _comparison(self, function: str, visited: list[tuple[Expression, Kind]]) -> Call:
        kinds = {kind for bound, kind in visited if not isinstance(bound, Literal)}
        if not kinds:
            kinds = {kind for _, kind in visited} - {Kind.NOTHING}
        if len(kinds) > 1:
            raise ArgumentError(
                f"The {self.argument} compares a {' with a '.join(sorted(kinds))} by {function!r}.", (self.argument,)
            )
        wanted = next(iter(kinds), Kind.NOTHING)
        return Call(function, tuple(self._as(wanted, bound, kind, function) for bound, kind in visited))

    def _as(self, wanted: Kind, bound: Expression, kind: Kind, function: str) -> Expression:
        """A literal in the wanted type: `5` is a category's name too, and `"5"` a number."""
        if kind in (wanted, Kind.NOTHING) or not isinstance(bound, Literal):
            return bound
        if wanted is Kind.TEXT:
            return Literal(cell_text(bound.value))
        if wanted is Kind.NUMBER and isinstance(bound.value, str):
            number = parse_numbers(pa.array([bound.value]), NumberStyle())[0].as_py()
            if number is not None:
                return Literal(number)
        raise self._mismatch(function, kind)

    def _mismatch(self, function: str, kind: Kind) -> ArgumentError:
        return ArgumentError(f"The {self.argument} gives a {kind} to {function!r}.", (self.argument,))


class _Values:
    def __init__(self, rows: pa.RecordBatch, first_row: int) -> None:
        self.rows = rows
        self.numbers = pa.array(np.arange(first_row, first_row + rows.num_rows, dtype=np.float64))

    def of(self, expression: Expression) -> pa.Array | pa.Scalar:
        match expression:
            case Literal(value=value):
                return pa.scalar(value)
            case FieldValue(field=name):
                return self.rows.column(name)
            case Call(function="row-number"):
                return self.numbers
            case Call(function="missing?", arguments=(inner,)):
                return pc.is_null(self.of(inner))
            case Call(function="not", arguments=(inner,)):
                return pc.invert(self.of(inner))
            case Call(function="and", arguments=arguments):
                return reduce(pc.and_, map(self.of, arguments), pa.scalar(True))
            case Call(function="or", arguments=arguments):
                return reduce(pc.or_, map(self.of, arguments), pa.scalar(False))
            case Call(function="-", arguments=(inner,)):
                return pc.negate(self.of(inner))
            case Call(function="/", arguments=(inner,)):
                return pc.divide(pa.scalar(1.0), self.of(inner))
            case Call(function=function, arguments=arguments) if function in COMPARISONS:
                values = [self.of(inner) for inner in arguments]
                return reduce(pc.and_, (_compared(function, left, right) for left, right in pairwise(values)))
            case Call(function=function, arguments=arguments):
                return reduce(_ARITHMETIC[function], map(self.of, arguments))


def _compared(function: str, left: pa.Array | pa.Scalar, right: pa.Array | pa.Scalar) -> pa.Array | pa.Scalar:
    if function == "!=":
        return pc.invert(_compared("=", left, right))
    if pa.types.is_null(left.type) or pa.types.is_null(right.type):
        same = pc.and_(pc.is_null(left), pc.is_null(right))
        return same if function == "=" else pc.and_(same, pa.scalar(False))
    found = pc.coalesce(COMPARISONS[function](left, right), pa.scalar(False))
    return pc.or_(found, pc.and_(pc.is_null(left), pc.is_null(right))) if function == "=" else found


def _kind_of(value: float | str | bool | None) -> Kind:
    if value is None:
        return Kind.NOTHING
    if isinstance(value, bool):
        return Kind.TRUTH
    return Kind.TEXT if isinstance(value, str) else Kind.NUMBER
