import base64
import datetime as dt
import itertools
import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, or_
from sqlmodel import Session

from models import keyset
from models.columns import ORDER, columns
from models.database import Database
from models.errors import InvalidInput
from models.ids import new_id
from models.model import Algorithm, Model
from models.page import Page, Window, count, read_page
from models.query import Operator, Order, Where, to_sql

START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
TABLE = Model.__table__.c  # type: ignore[attr-defined]
ORDERS = [name for name, _ in columns(Model, ORDER)]
NULLABLE = [name for name in ORDERS if TABLE[name].nullable]


def models(number: int = 40) -> list[Model]:
    pick = random.Random(3)
    return [
        Model(
            id=new_id("model"),
            name=pick.choice(["a", "B", "ä", ""]),
            algorithm=pick.choice(list(Algorithm)),
            dataset_id=pick.choice([None, "d1", "d2"]),
            source_id=pick.choice([None, "s1"]),
            objective_name=pick.choice([None, "x", "y", "z"]),
            row_count=pick.choice([0, 2**40, -5]),
            column_count=pick.choice([1, 2]),
            size=pick.randrange(3),
            created_at=START + dt.timedelta(microseconds=pick.randrange(5)),
            updated_at=START + dt.timedelta(days=pick.randrange(5)),
            creator_id=pick.choice(["user/a", "user/b", "user/c", None]),
            project_id=pick.choice(["project/p", "project/q", None]),
        )
        for _ in range(number)
    ]


def in_order(rows: Sequence[Model], orders: Sequence[Order]) -> list[str]:
    """The ids in the order that a list is meant to have."""
    keys = list(orders) or [Order("created_at", descending=True)]
    if "id" not in [key.column for key in keys]:
        keys.append(Order("id", keys[-1].descending))
    found = list(rows)
    for key in reversed(keys):
        present = [row for row in found if getattr(row, key.column) is not None]
        absent = [row for row in found if getattr(row, key.column) is None]
        present.sort(key=lambda row: _plain(getattr(row, key.column)), reverse=key.descending)
        found = present + absent
    return [row.id for row in found]


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Algorithm) else value


def ids(page: Page[Model]) -> list[str]:
    return [row.id for row in page.rows]


def walk(session: Session, orders: Sequence[Order], size: int, *, backwards: bool = False, **which: Any) -> list[str]:
    """All ids of a list, page after page."""
    which = {"conditions": [], **which}
    seen: list[str] = []
    cursor = None
    while True:
        window = Window(last=size, before=cursor) if backwards else Window(first=size, after=cursor)
        page = read_page(session, Model, orders=orders, window=window, **which)
        assert len(page.rows) == len(page.cursors) <= size
        assert (page.has_next if backwards else page.has_previous) is (cursor is not None)
        seen = ids(page) + seen if backwards else seen + ids(page)
        if not (page.has_previous if backwards else page.has_next):
            return seen
        assert len(page.rows) == size
        cursor = page.cursors[0 if backwards else -1]


orders_of_models = st.lists(
    st.builds(Order, st.sampled_from([*ORDERS, "id"]), st.booleans()), max_size=3, unique_by=lambda order: order.column
)
FILTERS = [
    [],
    [Where("column_count", Operator.EQ, 1)],
    [Where("row_count", Operator.GT, 0), Where("name", Operator.NE, "a")],
]
SCOPES = [
    [],
    [("creator_id", "user/a")],
    [("creator_id", "user/a"), ("project_id", "project/p"), ("project_id", "project/q")],
    [("creator_id", f"user/{number}") for number in range(600)] + [("creator_id", "user/b")],
]


@pytest.mark.parametrize("probe_rows", [2000, 7])
async def test_walking_a_list_gives_every_row_once_in_order(
    database: Database, probe_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "PROBE_ROWS", probe_rows)
    stored = models()
    await database.append(stored)

    def unit(session: Session) -> None:
        @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
        @example([Order("dataset_id"), Order("source_id")], [], [], 4)
        @given(orders_of_models, st.sampled_from(FILTERS), st.sampled_from(SCOPES), st.sampled_from([4, 7, 50]))
        def check(orders: list[Order], wheres: list[Where], scope: list[tuple[str, str]], size: int) -> None:
            conditions = [to_sql(Model, where) for where in wheres]
            scopes = [TABLE[name] == value for name, value in scope]
            wanted = [
                row
                for row in stored
                if all(_meets(row, where) for where in wheres)
                and (not scope or any(getattr(row, name) == value for name, value in scope))
            ]
            expected = in_order(wanted, orders)
            assert walk(session, orders, size, conditions=conditions, scopes=scopes) == expected
            assert walk(session, orders, size, conditions=conditions, scopes=scopes, backwards=True) == expected
            assert count(session, Model, conditions, scopes) == len(expected)

        check()

    await database.read(unit)


def _meets(row: Model, where: Where) -> bool:
    value = getattr(row, where.column)
    return {
        Operator.EQ: value == where.value,
        Operator.NE: value != where.value,
        Operator.GT: where.operator is Operator.GT and value > where.value,
    }[where.operator]


async def test_missing_values_come_last_in_both_directions(database: Database) -> None:
    await database.append(models())

    def unit(session: Session) -> None:
        for column, descending in itertools.product(NULLABLE, [False, True]):
            orders = [Order(column, descending)]
            page = read_page(session, Model, conditions=[], orders=orders, window=Window(first=50))
            values = [getattr(row, column) for row in page.rows]
            present = [value for value in values if value is not None]
            assert values == sorted(present, reverse=descending) + [None] * (len(values) - len(present))

    await database.read(unit)


async def test_offsets_count_from_the_beginning_or_the_cursor(database: Database) -> None:
    stored = models()
    await database.append(stored)
    expected = in_order(stored, [Order("dataset_id")])

    def unit(session: Session) -> None:
        def page(**window: Any) -> Page[Model]:
            return read_page(session, Model, conditions=[], orders=[Order("dataset_id")], window=Window(**window))

        first = page(first=5, offset=3)
        assert ids(first) == expected[3:8]
        assert (first.has_previous, first.has_next) == (True, True)
        assert ids(page(first=5, after=first.cursors[-1], offset=2)) == expected[10:15]
        assert ids(page(first=5, offset=38)) == expected[38:]
        assert ids(page(first=5, offset=1000)) == []
        scopes = [TABLE.creator_id == "user/a", TABLE.project_id == "project/p"]
        scoped = in_order([r for r in stored if r.creator_id == "user/a" or r.project_id == "project/p"], [])
        found = read_page(session, Model, conditions=[], orders=[], window=Window(first=4, offset=3), scopes=scopes)
        assert ids(found) == scoped[3:7]

    await database.read(unit)


async def test_a_page_of_none_says_whether_there_are_any(database: Database) -> None:
    def unit(session: Session) -> Page[Model]:
        return read_page(session, Model, conditions=[], orders=[], window=Window(first=0))

    empty = await database.read(unit)
    await database.append(models(1))
    one = await database.read(unit)

    assert (empty.rows, empty.has_next) == ([], False)
    assert (one.rows, one.has_next) == ([], True)


async def test_rows_added_or_gone_meanwhile_move_nothing(database: Database) -> None:
    stored = [Model(id=new_id("model"), name=f"{number:02}") for number in range(20)]
    await database.append(stored)
    orders = [Order("name")]

    def page(after: str | None) -> Any:
        return lambda session: read_page(
            session, Model, conditions=[], orders=orders, window=Window(first=5, after=after)
        )

    first = await database.read(page(None))

    def change(session: Session) -> None:
        for row in stored[2:5]:
            session.delete(session.get_one(Model, row.id))
        session.add(Model(id=new_id("model"), name="00"))

    await database.write(change)
    second = await database.read(page(first.cursors[-1]))

    assert [row.name for row in second.rows] == ["05", "06", "07", "08", "09"]


async def test_the_order_ends_at_the_id(database: Database) -> None:
    stored = models(10)
    await database.append(stored)

    def unit(session: Session) -> tuple[list[str], list[str]]:
        by_id = walk(session, [Order("id", descending=True), Order("name")], 3)
        twice = walk(session, [Order("name"), Order("name", descending=True)], 3)
        return by_id, twice

    by_id, twice = await database.read(unit)

    assert by_id == sorted((row.id for row in stored), reverse=True)
    assert twice == in_order(stored, [Order("name")])


def _cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


ID = new_id("model")


@pytest.mark.parametrize(
    ("window", "path"),
    [
        (Window(first=-1), "first"),
        (Window(first=201), "first"),
        (Window(last=201), "last"),
        (Window(first=1, last=1), "last"),
        (Window(after="x", before="y"), "before"),
        (Window(first=1, before="x"), "before"),
        (Window(last=1, after="x"), "after"),
        (Window(offset=-1), "offset"),
        (Window(offset=2**31), "offset"),
        (Window(after=""), "after"),
        (Window(after="é"), "after"),
        (Window(after="AAAA"), "after"),
        (Window(before="AAAA"), "before"),
        (Window(after=_cursor(5)), "after"),
        (Window(after=_cursor({})), "after"),
        (Window(after=_cursor(["-row_count,-id", 1])), "after"),
        (Window(after=_cursor(["row_count,id", 1, ID])), "after"),
        (Window(after=_cursor(["-row_count,-id", "1", ID])), "after"),
        (Window(after=_cursor(["-row_count,-id", True, ID])), "after"),
        (Window(after=_cursor(["-row_count,-id", 2**63, ID])), "after"),
        (Window(after=_cursor(["-row_count,-id", None, ID])), "after"),
        (Window(after=_cursor(["-row_count,-id", 1, "\0"])), "after"),
        (Window(after=_cursor(["-row_count,-id", [1], ID])), "after"),
        (Window(after=base64.urlsafe_b64encode(b"[" * 100_000).decode()), "after"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value)[7:50],
)
async def test_bad_windows_are_refused(sqlite: Database, window: Window, path: str) -> None:
    orders = [Order("row_count", descending=True)]

    with pytest.raises(InvalidInput) as refused:
        sqlite.read_now(lambda session: read_page(session, Model, conditions=[], orders=orders, window=window))

    assert refused.value.path == (path,)


@pytest.mark.parametrize("value", ["yesterday", 5, "0001-01-01T00:00:00+14:00", ["2020-01-01"]])
async def test_cursors_of_bad_moments_are_refused(sqlite: Database, value: object) -> None:
    window = Window(after=_cursor(["-created_at,-id", value, ID]))

    with pytest.raises(InvalidInput, match="not a cursor"):
        sqlite.read_now(lambda session: read_page(session, Model, conditions=[], orders=[], window=window))


@pytest.mark.parametrize("column", ["unknown", "tags", "custom"])
async def test_orders_that_make_no_sense_are_refused(sqlite: Database, column: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sqlite.read_now(
            lambda session: read_page(session, Model, conditions=[], orders=[Order(column)], window=Window())
        )

    assert refused.value.path == (column,)


async def test_a_page_of_an_owner_is_read_from_an_index_however_the_rows_are_spread(sqlite: Database) -> None:
    await sqlite.append(models())
    scopes = [TABLE.creator_id == "user/a", TABLE.project_id == "project/p"]

    def unit(session: Session) -> list[str]:
        plans: list[str] = []

        def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if statement.startswith("SELECT"):
                driver = connection.connection.dbapi_connection
                plans.extend(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

        event.listen(session.get_bind(), "before_cursor_execute", explain)
        first = read_page(session, Model, conditions=[], orders=[], window=Window(first=5), scopes=scopes)
        read_page(
            session, Model, conditions=[], orders=[], window=Window(first=5, after=first.cursors[-1]), scopes=scopes
        )
        event.remove(session.get_bind(), "before_cursor_execute", explain)
        together = session.scalars(
            keyset.select(Model).where(or_(*scopes)).order_by(TABLE.created_at.desc(), TABLE.id.desc())
        )
        assert ids(first) == [row.id for row in together][:5]
        return plans

    plans = sqlite.read_now(unit)

    searches = [line for line in plans if "INDEX ix_" in line]
    assert [line.split("INDEX ")[1].split(" (")[0] for line in searches] == [
        "ix_model_creator_id",
        "ix_model_project_id",
    ] * 2
    assert searches[2].endswith("(creator_id=? AND (created_at,id)<(?,?))")
    assert not [line for line in plans if line.startswith("SCAN model")]
