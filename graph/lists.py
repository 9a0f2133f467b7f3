"""What lists of a resource type need in GraphQL: connections, filters and orders, derived from its columns."""

import datetime as dt
import enum
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import strawberry
from pydantic.fields import FieldInfo

from graph.derive import ENUMS, BigInt, enumeration, given, is_id, unwrap
from graph.spec import Spec, Values
from models.columns import BIG
from models.query import All, Condition, Either, Not, Operator, Order, Where

T = TypeVar("T")

_filters: dict[str, type] = {}


class Direction(enum.Enum):
    """Which way a list is ordered."""

    ASC = "ASC"
    DESC = "DESC"


enumeration(
    Direction,
    {Direction.ASC: "The smallest, or the earliest, first.", Direction.DESC: "The largest, or the latest, first."},
)


@strawberry.type(description="Where a page begins and ends, and whether there is more.")
class PageInfo:
    """Where a page begins and ends."""

    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge.")


@strawberry.type(description="A member of a page, with its cursor.")
class Edge(Generic[T]):
    """A member of a page."""

    cursor: str = strawberry.field(description="Pass it as `after` or `before` to go on from here.")
    node: T = strawberry.field(description="The member itself.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A page of a list; its members are counted only when somebody asks."""

    edges: list[Edge[T]] = strawberry.field(description="The members of the page with their cursors.")
    nodes: list[T] = strawberry.field(description="The members of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page begins and ends.")
    count: strawberry.Private[Callable[[], Any]]

    @strawberry.field(description="How many members the whole list has.")
    async def total_count(self) -> int:
        """Counts all rows that meet the filter."""
        return int(await self.count())


def filter_type(spec: Spec) -> type:
    """The filter input of a resource type: one comparison input a column, and `and`, `or`, `not`."""
    name = f"{spec.name}FilterInput"
    cls = type(name, (), {"__module__": __name__})
    annotations: dict[str, Any] = {}
    for column, info in spec.filters.items():
        annotations[column] = strawberry.Maybe[typing.Optional[_comparisons(info, column)]]  # noqa: UP045
        setattr(cls, column, strawberry.field(default=None, description=info.description))
    itself = typing.ForwardRef(name)
    for word, kind, text in (
        ("and", list[itself], "All of these hold."),
        ("or", list[itself], "At least one of these holds."),
        ("not", itself, "This does not hold."),
    ):
        annotations[f"{word}_"] = strawberry.Maybe[typing.Optional[kind]]  # noqa: UP045
        setattr(cls, f"{word}_", strawberry.field(name=word, default=None, description=text))
    cls.__annotations__ = annotations
    globals()[name] = cls
    return strawberry.input(cls, description=f"Which {spec.plural.replace('_', ' ')} to list.")


def order_type(spec: Spec) -> type:
    """The order input of a resource type."""
    members = {name.upper(): name for name in spec.orders}
    order_field = enum.Enum(f"{spec.name}OrderField", members)
    order_field.__doc__ = f"What {spec.plural.replace('_', ' ')} can be ordered by."
    field_type = enumeration(order_field, {m: spec.orders[m.value].description for m in order_field})
    cls = type(f"{spec.name}OrderInput", (), {"__module__": __name__})
    cls.__annotations__ = {"field": field_type, "direction": strawberry.Maybe[Direction | None]}
    cls.field = strawberry.field(description="The column.")
    cls.direction = strawberry.field(default=None, description="Which way; upwards when left out.")
    return strawberry.input(cls, description=f"One key of the order of {spec.plural.replace('_', ' ')}.")


def condition(filter_input: Any) -> Condition | None:
    """What a filter input says, as a condition; None when it says nothing.

    `eq: null` and `ne: null` ask for rows without and with a value; any other null says nothing.
    """
    if filter_input is None:
        return None
    return _condition(given(filter_input))


def orders(order_by: Sequence[Any] | None) -> list[Order]:
    """What order inputs say."""
    keys = [given(key) for key in order_by or ()]
    return [Order(key["field"].value, key.get("direction") is Direction.DESC) for key in keys]


def _condition(values: Values) -> Condition:
    found: list[Condition] = []
    for name, value in values.items():
        if value is None:
            continue
        if name == "and_":
            found.append(All(tuple(_condition(each) for each in value)))
        elif name == "or_":
            found.append(Either(tuple(_condition(each) for each in value)))
        elif name == "not_":
            found.append(Not(_condition(value)))
        else:
            found.extend(
                _comparison(name, word, operand)
                for word, operand in value.items()
                if operand is not None or word in ("eq", "ne")
            )
    return found[0] if len(found) == 1 else All(tuple(found))


def _comparison(column: str, word: str, operand: Any) -> Condition:
    operator = Operator(word.rstrip("_"))
    if operator is Operator.NE:
        return Not(Where(column, Operator.EQ, operand))
    return Where(column, operator, operand)


COMPARISONS = {
    "eq": "Is this.",
    "ne": "Is not this.",
    "in_": "Is one of these.",
    "gt": "Is greater, or later, than this.",
    "gte": "Is this, or greater, or later.",
    "lt": "Is smaller, or earlier, than this.",
    "lte": "Is this, or smaller, or earlier.",
    "contains": "Has this text in it.",
    "icontains": "Has this text in it, in upper or lower case.",
    "starts_with": "Begins with this text.",
    "istarts_with": "Begins with this text, in upper or lower case.",
}
LIST_COMPARISONS = {"eq": "Has this member.", "ne": "Does not have this member.", "in_": "Has one of these members."}

_EXACT = ("eq", "ne", "in_")
_ORDERED = (*_EXACT, "gt", "gte", "lt", "lte")
_TEXT = (*_ORDERED, "contains", "icontains", "starts_with", "istarts_with")


def _comparisons(info: FieldInfo, column: str) -> type:
    kind, _ = unwrap(info.annotation)
    if typing.get_origin(kind) is list:
        return _comparison_input("TagsFilter", str, _EXACT, LIST_COMPARISONS, about="a list of texts")
    if is_id(column):
        return _comparison_input("IdFilter", strawberry.ID, _EXACT, COMPARISONS, about="an id")
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _comparison_input(f"{kind.__name__}Filter", ENUMS.get(kind, kind), _EXACT, COMPARISONS, about="a word")
    if kind is bool:
        return _comparison_input("BooleanFilter", bool, ("eq",), COMPARISONS, about="a yes or no")
    if kind is int and BIG in info.metadata:
        return _comparison_input("BigIntFilter", BigInt, _ORDERED, COMPARISONS, about="a whole number")
    named = {int: "IntFilter", float: "FloatFilter", dt.datetime: "DateTimeFilter", str: "StringFilter"}
    about = {int: "a whole number", float: "a number", dt.datetime: "a moment", str: "a text"}
    words = _TEXT if kind is str else _ORDERED
    return _comparison_input(named[kind], kind, words, COMPARISONS, about=about[kind])


def _comparison_input(name: str, kind: Any, words: Sequence[str], texts: Mapping[str, str], *, about: str) -> type:
    if name in _filters:
        return _filters[name]
    cls = type(name, (), {"__module__": __name__})
    annotations: dict[str, Any] = {}
    for word in words:
        operand = list[kind] if word == "in_" else kind
        annotations[word] = strawberry.Maybe[typing.Optional[operand]]  # noqa: UP045
        setattr(
            cls,
            word,
            strawberry.field(name=word.rstrip("_") if word == "in_" else None, default=None, description=texts[word]),
        )
    cls.__annotations__ = annotations
    _filters[name] = strawberry.input(cls, description=f"What {about} is compared with; all that is given must hold.")
    return _filters[name]
