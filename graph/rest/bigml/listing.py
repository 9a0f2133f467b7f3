"""Lists as BigML has them: filters, orders and pages in the query string, `meta` and `objects` in the answer.

Source: BigML.io API documentation, requests: listing, paginating, filtering and ordering resources.
"""

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from graph.rest.bigml.wire import FALSE_WORDS, TRUE_WORDS, integer
from graph.rest.crud import Listing
from graph.rest.dialect import Query
from models.errors import InvalidInput
from models.page import Window
from models.query import All, Condition, Either, Not, Operator, Order, Where

LIMIT_DEFAULT = 20
LIMIT_MAXIMUM = 200
NOT_FILTERS = frozenset({"username", "api_key", "organization", "limit", "offset", "order_by", "full"})

SUFFIXES = {
    "gt": Operator.GT,
    "gte": Operator.GTE,
    "lt": Operator.LT,
    "lte": Operator.LTE,
    "contains": Operator.CONTAINS,
    "icontains": Operator.ICONTAINS,
    "startswith": Operator.STARTS_WITH,
    "istartswith": Operator.ISTARTS_WITH,
    "in": Operator.IN,
}
ORDERED = frozenset({Operator.EQ, Operator.IN, Operator.GT, Operator.GTE, Operator.LT, Operator.LTE})
TEXTUAL = frozenset(Operator) - {Operator.NE}
MEMBERS = TEXTUAL - {Operator.GT, Operator.GTE, Operator.LT, Operator.LTE}
EXACT = frozenset({Operator.EQ, Operator.IN})

EVERYTHING = All(())
NOTHING = Either(())
LARGEST = 2**63 - 1
"""The largest integer that databases hold."""

Compare = Callable[[Operator, Any], Condition]


@dataclass(frozen=True, slots=True)
class Property:
    """Something that lists can be filtered and ordered by.

    `read` makes a value of a text, raising ValueError; `operators` are the comparisons that it has; `compare` makes
    the condition. `column` is what the list is ordered by; without it the newest come first, as no row comes before
    another by this property.
    """

    read: Callable[[str], Any]
    operators: frozenset[Operator]
    compare: Compare
    column: str | None = None


def text(column: str) -> Property:
    """A column of text."""
    return Property(str, TEXTUAL, lambda operator, value: Where(column, operator, value), column)


def members(column: str) -> Property:
    """A column that holds a list of texts: to be equal is to have that member. Lists have no order of their own."""
    return Property(str, MEMBERS, lambda operator, value: Where(column, operator, value))


def integers(column: str) -> Property:
    """A column of whole numbers. A value may be a fraction, which is equal to none of them, or beyond all of them."""

    def compare(operator: Operator, value: Any) -> Condition:
        if operator is Operator.IN:
            return Where(column, operator, [int(each) for each in value if _is_whole(each)])
        if abs(value) > LARGEST:
            is_met = operator in ((Operator.LT, Operator.LTE) if value > 0 else (Operator.GT, Operator.GTE))
            return Not(Where(column, Operator.EQ, None)) if is_met else NOTHING
        if operator is Operator.EQ and not _is_whole(value):
            return NOTHING
        rounded = math.floor(value) if operator in (Operator.GT, Operator.LTE) else math.ceil(value)
        return Where(column, operator, rounded)

    return Property(_number, ORDERED, compare, column)


def numbers(column: str) -> Property:
    """A column of numbers."""
    return Property(_number, ORDERED, lambda operator, value: Where(column, operator, value), column)


def moments(column: str) -> Property:
    """A column of moments; values are ISO dates or times, in UTC unless they say otherwise."""
    return Property(_moment, ORDERED, lambda operator, value: Where(column, operator, value), column)


def booleans(column: str) -> Property:
    """A column of yes and no."""
    return Property(_boolean, EXACT, lambda operator, value: Where(column, operator, value), column)


def statement(condition: Condition, column: str | None = None) -> Property:
    """Whether a condition holds."""

    def compare(operator: Operator, value: Any) -> Condition:
        wanted = set(value) if operator is Operator.IN else {value}
        return Either(tuple(condition if each else Not(condition) for each in sorted(wanted)))

    return Property(_boolean, EXACT, compare, column)


def constant(value: float) -> Property:
    """A number, or yes or no, that is the same for all resources."""
    compare: dict[Operator, Callable[[Any], bool]] = {
        Operator.EQ: lambda given: value == given,
        Operator.GT: lambda given: value > given,
        Operator.GTE: lambda given: value >= given,
        Operator.LT: lambda given: value < given,
        Operator.LTE: lambda given: value <= given,
        Operator.IN: lambda given: value in given,
    }
    is_boolean = isinstance(value, bool)
    return Property(
        _boolean if is_boolean else _number,
        EXACT if is_boolean else ORDERED,
        lambda operator, given: EVERYTHING if compare[operator](given) else NOTHING,
    )


Properties = Mapping[str, Property]


def listing_of(query: Query, properties: Properties, *, scope: Condition | None = None) -> Listing:
    """Which rows within `scope` a query string asks for. Raises InvalidInput naming the parameter that is wrong."""
    limit = integer(query, "limit", default=LIMIT_DEFAULT, low=0, high=LIMIT_MAXIMUM)
    offset = integer(query, "offset", default=0, low=0)
    conditions = [
        _condition(name, value, properties) for name, value in query.items() if name not in NOT_FILTERS and value
    ]
    within = [] if scope is None else [scope]
    return Listing(
        window=Window(first=limit, offset=offset),
        where=All((*within, *conditions)) if conditions else scope,
        orders=_orders(query.get("order_by", ""), properties),
    )


def meta(query: Query, path: str, listing: Listing, *, total: int, matching: int) -> dict[str, Any]:
    """`meta`: which part of the list this is, and where the neighbouring ones are."""
    limit, offset = listing.window.first or 0, listing.window.offset

    def address(start: int) -> str:
        return f"{path}?{urlencode({**query, 'limit': limit, 'offset': start})}"

    return {
        "limit": limit,
        "offset": offset,
        "total_count": total,
        "query_total": matching,
        "previous": address(max(offset - limit, 0)) if offset > 0 and limit else None,
        "next": address(offset + limit) if limit and offset + limit < matching else None,
    }


def _condition(name: str, value: str, properties: Properties) -> Condition:
    is_negated = name.startswith("!")
    known, _, suffix = name.removeprefix("!").partition("__")
    found = properties.get(known)
    if found is None:
        raise InvalidInput("is not a property that lists can be filtered by", (name,))
    operator = SUFFIXES.get(suffix) if suffix else Operator.EQ
    if operator is None or operator not in found.operators:
        raise InvalidInput(f"{known} cannot be compared in this way", (name,))
    try:
        operand = [found.read(each) for each in value.split(",")] if operator is Operator.IN else found.read(value)
    except ValueError as problem:
        raise InvalidInput(str(problem), (name,)) from problem
    condition = found.compare(operator, operand)
    return Not(condition) if is_negated else condition


def _orders(order_by: str, properties: Properties) -> list[Order]:
    name = order_by.removeprefix("-")
    if not name:
        return [Order("created_at", descending=True)]
    found = properties.get(name)
    if found is None:
        raise InvalidInput(f"{name!r} is not a property that lists can be ordered by", ("order_by",))
    if found.column is None:
        return [Order("created_at", descending=True)]
    return [Order(found.column, descending=order_by.startswith("-"))]


def _number(value: str) -> float:
    try:
        return int(value)
    except ValueError:
        pass
    try:
        found = float(value)
    except ValueError as problem:
        raise ValueError("must be a number") from problem
    if not math.isfinite(found):
        raise ValueError("must be a number")
    return found


def _is_whole(value: float) -> bool:
    return abs(value) <= LARGEST and value == math.floor(value)


def _boolean(value: str) -> bool:
    word = value.lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise ValueError("must be true or false")
    return word in TRUE_WORDS


def _moment(value: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError as problem:
        raise ValueError("must be a date or time such as 2024-05-31T13:30:00.000000") from problem
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found
