import itertools
from typing import Any

import pytest
from pydantic.fields import FieldInfo
from sqlalchemy import BigInteger, event
from sqlmodel import Session

from models.columns import BIG, CONTENT, FILTER, HIDDEN, LOOKUP, ORDER, columns
from models.database import Database
from models.ids import new_id
from models.job import Event
from models.page import Window, count, read_page
from models.query import Operator, Order, Where, to_sql
from models.registry import TABLES, WRITE_MOSTLY, table_of
from models.resource import Resource
from models.revision import Revision
from models.webhook import WebhookDelivery
from tests.models.test_repository import sample

RESOURCES = [table for table in TABLES.values() if table.__module__.startswith("models.")]
every_resource = pytest.mark.parametrize("table", RESOURCES, ids=lambda table: table.kind)


def described() -> list[tuple[str, FieldInfo]]:
    shown = [*RESOURCES, Event, Revision, WebhookDelivery]
    return [(f"{table.__name__}.{name}", info) for table in shown for name, info in table.model_fields.items()]


def test_every_column_that_is_shown_has_a_description() -> None:
    for name, info in described():
        assert info.description or HIDDEN in info.metadata, f"{name} has no description"
        if info.description:
            assert info.description[0].isupper() or info.description[0] == "`", f"{name} begins in lower case"
            assert info.description.endswith("."), f"{name} is no sentence"


@every_resource
def test_every_table_is_found_by_the_ids_of_its_kind(table: type[Resource]) -> None:
    assert table_of(new_id(table.kind)) is table
    assert table.__doc__


def test_an_unknown_kind_has_no_table() -> None:
    assert table_of("toaster/1") is None
    assert table_of("") is None


@every_resource
def test_every_big_column_holds_64_bits(table: type[Resource]) -> None:
    for name, info in table.model_fields.items():
        if BIG in info.metadata:
            assert isinstance(table.__table__.c[name].type, BigInteger), name  # type: ignore[attr-defined]


@every_resource
def test_every_content_is_hidden_and_may_be_missing(table: type[Resource]) -> None:
    for name, info in columns(table, CONTENT):
        assert HIDDEN in info.metadata
        assert table.__table__.c[name].nullable  # type: ignore[attr-defined]


async def test_every_filter_works(database: Database) -> None:
    rows = [sample(table) for table in RESOURCES]
    await database.append(rows)

    def unit(session: Session) -> None:
        for table, row in zip(RESOURCES, rows, strict=True):
            for name, _ in columns(table, FILTER):
                value = getattr(row, name)
                value = value[0] if isinstance(value, list) else value
                for operator, given, expected in ((Operator.IN, [value], 1), (Operator.NE, value, 0)):
                    condition = to_sql(table, Where(name, operator, given))
                    assert count(session, table, [condition]) == expected, (table, name, operator)

    await database.read(unit)


async def test_every_order_works_forwards_and_backwards(database: Database) -> None:
    for table in RESOURCES:
        row, other = sample(table), sample(table)
        other.id = "text2"
        for unique in ("handle", "digest"):
            if hasattr(other, unique):
                setattr(other, unique, "other")
        await database.append([row, other])

    def unit(session: Session) -> None:
        for table in RESOURCES:
            for (name, _), descending in itertools.product(columns(table, ORDER), [False, True]):
                orders = [Order(name, descending)]

                def page(table: type[Resource] = table, orders: list[Order] = orders, **window: Any) -> Any:
                    return read_page(session, table, conditions=[], orders=orders, window=Window(**window))

                first = page(first=1)
                second = page(first=1, after=first.cursors[0])
                back = page(last=1, before=second.cursors[0])
                assert {first.rows[0].id, second.rows[0].id} == {"text", "text2"}, (table, name)
                assert back.rows[0].id == first.rows[0].id, (table, name)
                assert (first.has_next, second.has_next) == (True, False)

    await database.read(unit)


@every_resource
async def test_every_list_is_read_from_an_index(sqlite: Database, table: type[Resource]) -> None:
    """Every order, from the start and from a cursor, and every look-up in the order of creation."""
    await sqlite.append([sample(table)])
    sql = table.__table__  # type: ignore[attr-defined]
    names = [name for name, _ in columns(table, ORDER) if table.kind not in WRITE_MOSTLY or name == "created_at"]

    def unit(session: Session) -> None:
        plans: list[str] = []

        def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if statement.startswith("SELECT"):
                driver = connection.connection.dbapi_connection
                plans.extend(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

        bind = session.get_bind()
        event.listen(bind, "before_cursor_execute", explain)
        for name in names:
            for descending in (False, True):
                plans.clear()
                orders = [Order(name, descending)]
                page = read_page(session, table, conditions=[], orders=orders, window=Window(first=1))
                read_page(session, table, conditions=[], orders=orders, window=Window(after=page.cursors[0]))
                read_page(session, table, conditions=[], orders=orders, window=Window(last=1))
                read_page(session, table, conditions=[], orders=orders, window=Window(before=page.cursors[0]))
                _check(plans, f"ix_{sql.name}_{name}_id", is_nullable=sql.c[name].nullable)
        for name, _ in columns(table, LOOKUP):
            plans.clear()
            for conditions, scopes in (([sql.c[name] == "x"], []), ([], [sql.c[name] == "x"])):
                read_page(session, table, conditions=conditions, orders=[], window=Window(), scopes=scopes)
            _check(plans, f"ix_{sql.name}_{name}", is_nullable=False)
        event.remove(bind, "before_cursor_execute", explain)

    sqlite.read_now(unit)


def _check(plans: list[str], index: str, *, is_nullable: bool) -> None:
    used = [line for line in plans if f"INDEX {index}" in line]
    assert len(used) >= (1 if is_nullable else len([line for line in plans if "INDEX" in line])), plans
    if not is_nullable:
        assert not [line for line in plans if "TEMP B-TREE" in line], plans
