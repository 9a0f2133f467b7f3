"""Pages of a list by keyset: a cursor says after which values a page begins, so page 1,000 costs what page 1 costs."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.sql.visitors import iterate
from sqlmodel import Session

from models.columns import Json, StringList, from_plain, to_plain
from models.errors import InvalidInput
from models.keyset import Span, probe, rows_of
from models.query import Condition, Order, check_value, column_of, to_sql
from models.resource import Resource

PAGE_DEFAULT = 20
PAGE_LIMIT = 200

SCOPES_LIMIT = 500
"""How many scopes, times the parts of the conditions that go with each, are read as lists of their own. Beyond it they
are one list that is filtered by all of them: SQL has to be written before it is fast."""

OFFSET_LIMIT = 1 << 31

R = TypeVar("R", bound=Resource)


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is wanted: the first after a cursor, or the last before one; or, for dialects that count
    from the beginning, `offset` rows further on."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Rows in the order of the list, a cursor for each, and whether there is more on either side."""

    rows: list[R]
    cursors: list[str]
    has_next: bool
    has_previous: bool


def read_page(
    session: Session,
    table: type[R],
    *,
    conditions: Sequence[ColumnElement[bool]],
    orders: Sequence[Order],
    window: Window,
    scopes: Sequence[ColumnElement[bool]] = (),
) -> Page[R]:
    """One page of the rows that meet all conditions and, where there are scopes, at least one of them.

    Scopes say whose rows are listed: each is an equality of a column marked LOOKUP, and read as a list of its own.
    Without an order the newest come first. Raises InvalidInput for an unknown column, a bad size, or a cursor of
    another list.
    """
    size, is_backwards = _size(window)
    keys = _keys(table, orders)
    cursor = window.before if is_backwards else window.after
    span = Span(
        table=table,
        keys=[Order(key.column, key.descending is not is_backwards) for key in keys],
        start=None if cursor is None else _decode(table, cursor, keys, "before" if is_backwards else "after"),
        is_backwards=is_backwards,
        limit=size + 1,
        offset=window.offset,
    )
    rows = _read(session, span, conditions, scopes)
    more = len(rows) > size
    rows = rows[:size]
    if is_backwards:
        rows.reverse()
    has_other = cursor is not None or window.offset > 0
    return Page(
        rows=rows,
        cursors=[_encode(row, keys) for row in rows],
        has_next=has_other if is_backwards else more,
        has_previous=more if is_backwards else has_other,
    )


def count(
    session: Session,
    table: type[Resource],
    conditions: Sequence[ColumnElement[bool]],
    scopes: Sequence[ColumnElement[bool]] = (),
) -> int:
    """How many rows meet all conditions and, where there are scopes, at least one of them."""
    wanted = [*conditions, or_(*scopes)] if scopes else conditions
    return session.scalars(select(func.count()).select_from(table).where(*wanted)).one()


def conditions_of(table: type[Resource], condition: Condition | None) -> list[ColumnElement[bool]]:
    """The SQL of an optional condition, as a list to extend."""
    return [] if condition is None else [to_sql(table, condition)]


def _read(
    session: Session, span: Span, conditions: Sequence[ColumnElement[bool]], scopes: Sequence[ColumnElement[bool]]
) -> list[Any]:
    if len(scopes) * (1 + sum(map(_weight, conditions))) > SCOPES_LIMIT:
        conditions, scopes = [*conditions, or_(*scopes)], ()
    is_filtered = bool(conditions or scopes)
    if is_filtered and span.keys[0].column != "created_at":  # look-ups are in the order of creation, in no other
        rows = list(session.scalars(probe(span, conditions, scopes)))
        if len(rows) == span.limit:
            return rows
    return list(session.scalars(rows_of(span, conditions, scopes)))


def _weight(condition: ColumnElement[bool]) -> int:
    return sum(1 for _ in iterate(condition))


def _size(window: Window) -> tuple[int, bool]:
    if window.first is not None and window.last is not None:
        raise InvalidInput("give either first or last, not both", ("last",))
    if window.after is not None and window.before is not None:
        raise InvalidInput("give either after or before, not both", ("before",))
    backwards = window.last is not None or (window.before is not None and window.first is None)
    if window.before is not None and not backwards:
        raise InvalidInput("before goes with last", ("before",))
    if window.after is not None and backwards:
        raise InvalidInput("after goes with first", ("after",))
    name, size = ("last", window.last) if backwards else ("first", window.first)
    size = PAGE_DEFAULT if size is None else size
    if not 0 <= size <= PAGE_LIMIT:
        raise InvalidInput(f"{name} must lie between 0 and {PAGE_LIMIT}", (name,))
    if not 0 <= window.offset < OFFSET_LIMIT:
        raise InvalidInput(f"offset must lie between 0 and {OFFSET_LIMIT - 1}", ("offset",))
    return size, backwards


def _keys(table: type[Resource], orders: Sequence[Order]) -> list[Order]:
    """The order up to the id, which is its last key: where nothing was said about it, it runs like the key before."""
    keys: dict[str, Order] = {}
    for order in orders or (Order("created_at", descending=True),):
        if isinstance(column_of(table, order.column).type, Json | StringList):
            raise InvalidInput(f"a list cannot be ordered by {order.column}", (order.column,))
        keys.setdefault(order.column, order)
        if order.column == "id":
            return list(keys.values())
    last = list(keys.values())[-1]
    return [*keys.values(), Order("id", last.descending)]


def _encode(row: Resource, keys: Sequence[Order]) -> str:
    values = [to_plain(getattr(row, key.column)) for key in keys]
    text = json.dumps([_signature(keys), *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _signature(keys: Sequence[Order]) -> str:
    return ",".join(f"{'-' if key.descending else ''}{key.column}" for key in keys)


def _decode(table: type[Resource], cursor: str, keys: Sequence[Order], path: str) -> list[Any]:
    try:
        signature, *values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, RecursionError) as problem:
        raise InvalidInput("this is not a cursor", (path,)) from problem
    if signature != _signature(keys) or len(values) != len(keys):
        raise InvalidInput("this cursor belongs to a list in another order", (path,))
    try:
        return [_value(table, key, value) for key, value in zip(keys, values, strict=True)]
    except (TypeError, ValueError, OverflowError, InvalidInput) as problem:
        raise InvalidInput("this is not a cursor", (path,)) from problem


def _value(table: type[Resource], key: Order, value: Any) -> Any:
    column = column_of(table, key.column)
    if value is None and not column.nullable:
        raise TypeError(f"{key.column} always has a value")
    return None if value is None else check_value(column, from_plain(column.type, value))
