"""The SQL of one page: rows behind given values in a given order, read from indexes however many rows there are.

Three habits of both databases shape it. Only a comparison of row values, `(a, id) > (?, ?)`, begins in the middle of an
index; an OR of comparisons reads it from the start. No index of ours has missing values last, so rows with and without
a value are two ranges. And rows that meet one of several conditions come in order only when each condition is a list of
its own. So a page is read as a few limited lists, whose ids are put together and ordered once more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    SelectBase,
    and_,
    asc,
    desc,
    false,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from models.query import Order, bind, column_of
from models.resource import Resource

PROBE_ROWS = 1000
"""How many rows of an order are looked at for those that are wanted, before the wanted ones are sorted instead."""

Conditions = Sequence[ColumnElement[bool]]
Columns = Mapping[str, ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a list: `limit` rows behind the values in `start`, in an order that ends with the id.

    `is_backwards` says that `keys` are those of the list turned round: missing values then come first.
    """

    table: type[Resource]
    keys: Sequence[Order]
    start: Sequence[Any] | None
    is_backwards: bool
    limit: int
    offset: int


def rows_of(span: Span, conditions: Conditions, scopes: Conditions) -> Select[Any]:
    """The rows of a span that meet all conditions and one of the scopes."""
    groups = [[*conditions, scope] for scope in scopes] or [list(conditions)]
    branches = [[*group, *bounds] for group in groups for bounds in _ranges(span)]
    by = _columns(span)
    if len(branches) == 1:
        page = select(span.table).where(*branches[0]).limit(span.limit).offset(span.offset or None)
        return _in_order(span, page, by, is_range=True)
    parts = [select(by["id"]).where(*branch).limit(span.limit + span.offset) for branch in branches]
    ids = union_all(*(select(_in_order(span, part, by, is_range=True).subquery().c.id) for part in parts))
    return _page_of(span, ids, by)


def probe(span: Span, conditions: Conditions, scopes: Conditions) -> Select[Any]:
    """Like `rows_of`, but of the first rows of the order only: the page itself when it comes out full.

    Where most rows are wanted this is far cheaper than sorting them; where few are, it costs little in vain. The
    conditions are computed beside the rows, so that no database can be tempted to begin with them.
    """
    by = _columns(span)
    fits = and_(true(), *conditions, or_(*scopes) if scopes else true()).label("fits")
    parts = [select(*by.values(), fits).where(*bounds).limit(PROBE_ROWS) for bounds in _ranges(span)]
    seen = union_all(*(select(_in_order(span, part, by, is_range=True).subquery()) for part in parts)).subquery()
    first = _in_order(span, select(seen).limit(PROBE_ROWS), dict(seen.c.items())).subquery()
    found = select(first.c.id).where(first.c.fits).limit(span.limit + span.offset)
    ids = _in_order(span, found, dict(first.c.items())).subquery()
    return _page_of(span, select(ids.c.id), by)


def _page_of(span: Span, ids: SelectBase, by: Columns) -> Select[Any]:
    rows = select(span.table).where(by["id"].in_(ids))
    return _in_order(span, rows.limit(span.limit).offset(span.offset or None), by)


def _columns(span: Span) -> Columns:
    return {key.column: column_of(span.table, key.column) for key in span.keys}


def _in_order(span: Span, statement: Select[Any], by: Columns, *, is_range: bool = False) -> Select[Any]:
    """The statement in the order of the span. In one range of the first key it is not said where missing values of it
    go: there are none, or nothing else, and PostgreSQL would not use the index."""
    for index, key in enumerate(span.keys):
        directed = desc(by[key.column]) if key.descending else asc(by[key.column])
        if _is_nullable(span, key) and not (is_range and index == 0):
            directed = directed.nulls_first() if span.is_backwards else directed.nulls_last()
        statement = statement.order_by(directed)
    return statement


def _ranges(span: Span) -> list[list[ColumnElement[bool]]]:
    """The conditions of the ranges of the first key's index that the span lies in, in their order."""
    first = span.keys[0]
    if not _is_nullable(span, first):
        return [[] if span.start is None else [_beyond(span, 0)]]
    column = column_of(span.table, first.column)
    present: list[ColumnElement[bool]] = [column.is_not(None)]
    absent: list[ColumnElement[bool]] = [column.is_(None)]
    if span.start is None:
        return [present, absent]
    if span.start[0] is not None:
        behind = [*present, _beyond(span, 0)]
        return [behind] if span.is_backwards else [behind, absent]
    behind = [*absent, _beyond(span, 1)]
    return [behind, present] if span.is_backwards else [behind]


def _beyond(span: Span, first: int) -> ColumnElement[bool]:
    """Rows behind the start by the keys from `first` on, all of them in one range of the first key."""
    keys, values = span.keys[first:], (span.start or ())[first:]
    columns = [column_of(span.table, key.column) for key in keys]
    uncertain = [key for key in (keys if first else keys[1:]) if _is_nullable(span, key)]
    if not uncertain and len({key.descending for key in keys}) == 1:
        row, given = tuple_(*columns), tuple_(*map(bind, columns, values))
        return row < given if keys[0].descending else row > given
    steps = []
    for index, (key, column, value) in enumerate(zip(keys, columns, values, strict=True)):
        same = [
            earlier.is_(None) if known is None else earlier == bind(earlier, known)
            for earlier, known in zip(columns[:index], values[:index], strict=True)
        ]
        steps.append(and_(*same, _further(span, key, column, value)))
    if keys[0] in uncertain:
        return or_(*steps)
    edge = bind(columns[0], values[0])
    bound = columns[0] <= edge if keys[0].descending else columns[0] >= edge
    return and_(bound, or_(*steps))


def _further(span: Span, key: Order, column: Column[Any], value: Any) -> ColumnElement[bool]:
    if value is None:
        return column.is_not(None) if span.is_backwards else false()
    beyond = column < bind(column, value) if key.descending else column > bind(column, value)
    return or_(beyond, column.is_(None)) if _is_nullable(span, key) and not span.is_backwards else beyond


def _is_nullable(span: Span, key: Order) -> bool:
    return bool(column_of(span.table, key.column).nullable)
