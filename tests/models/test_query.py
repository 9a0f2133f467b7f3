import datetime as dt
import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlmodel import Session

from models.database import Database
from models.errors import InvalidInput
from models.evaluation import Evaluation
from models.ids import new_id
from models.page import Window, read_page
from models.query import All, Condition, Either, Not, Operator, Order, Where, fold_text, to_sql
from models.repository import append
from models.resource import Resource, State, Visibility
from models.source import Source

PAST = dt.datetime(2020, 2, 29, 12, 30, 15, 123456, tzinfo=dt.UTC)
TEXTS = [
    "",
    "a",
    "A",
    "ab",
    "aB",
    "%",
    "_",
    "a%b",
    "'",
    "\\",
    " ",
    "äÖ",
    "Äö",
    "ΑΣ",
    "ας",
    "ασ",
    "İ",
    "i",
    "ß",
    "SS",
    "🌲",
]
MEMBERS = [*TEXTS, "a b"]
NUMBERS = [-2, -1, 0, 1, 7, 2**31 - 1]
BIG_NUMBERS = [*NUMBERS, 2**40, -(2**63), 2**63 - 1]
FLOATS = [-1.5, 0.0, 1e-300, 0.1, 7.0, 1e300, float("inf")]
MOMENTS = [
    PAST,
    PAST + dt.timedelta(microseconds=1),
    PAST + dt.timedelta(days=1),
    PAST.astimezone(dt.timezone(dt.timedelta(hours=5))),
]

VALUES: dict[str, list[Any]] = {
    "name": TEXTS,
    "origin_id": [*TEXTS, None],
    "tags": MEMBERS,
    "category": BIG_NUMBERS,
    "size": BIG_NUMBERS,
    "performance": [*FLOATS, 0, 7],
    "created_at": MOMENTS,
    "visibility": list(Visibility),
    "state": list(State),
}
ORDERED = [Operator.EQ, Operator.NE, Operator.GT, Operator.GTE, Operator.LT, Operator.LTE]
SEARCHED = [Operator.CONTAINS, Operator.ICONTAINS, Operator.STARTS_WITH, Operator.ISTARTS_WITH]


def rows(seed: int = 5) -> list[Evaluation]:
    pick = random.Random(seed)
    return [
        Evaluation(
            id=new_id("evaluation"),
            name=pick.choice(TEXTS),
            origin_id=pick.choice([*TEXTS, None, None]),
            tags=pick.sample(MEMBERS, pick.randrange(4)),
            category=pick.choice(NUMBERS),
            size=pick.choice(BIG_NUMBERS),
            performance=pick.choice([*FLOATS, None, float("nan")]),
            created_at=pick.choice(MOMENTS),
            visibility=pick.choice(list(Visibility)),
            state=pick.choice(list(State)),
        )
        for _ in range(60)
    ]


def holds(row: Resource, condition: Condition) -> bool:
    """What a condition means, without SQL."""
    if isinstance(condition, All):
        return all(holds(row, inner) for inner in condition.of)
    if isinstance(condition, Either):
        return any(holds(row, inner) for inner in condition.of)
    if isinstance(condition, Not):
        return not holds(row, condition.of)
    value, operator, wanted = getattr(row, condition.column), condition.operator, condition.value
    if isinstance(value, list):
        if operator is Operator.NE:
            return wanted not in value
        members = wanted if operator is Operator.IN else [wanted]
        if operator in (Operator.EQ, Operator.IN):
            return any(member in value for member in members)
        return any(_meets(member, operator, wanted) for member in value)
    if value != value:
        value = None
    if operator is Operator.IN:
        return value in wanted
    if wanted is None:
        return (value is None) is (operator is Operator.EQ)
    return value is not None and _meets(value, operator, wanted)


def _meets(value: Any, operator: Operator, wanted: Any) -> bool:
    if operator in (Operator.ICONTAINS, Operator.ISTARTS_WITH):
        value, wanted = fold_text(value), fold_text(wanted)
    tests: dict[Operator, Callable[[Any, Any], bool]] = {
        Operator.EQ: lambda a, b: a == b,
        Operator.NE: lambda a, b: a != b,
        Operator.GT: lambda a, b: a > b,
        Operator.GTE: lambda a, b: a >= b,
        Operator.LT: lambda a, b: a < b,
        Operator.LTE: lambda a, b: a <= b,
        Operator.CONTAINS: lambda a, b: b in a,
        Operator.ICONTAINS: lambda a, b: b in a,
        Operator.STARTS_WITH: lambda a, b: a.startswith(b),
        Operator.ISTARTS_WITH: lambda a, b: a.startswith(b),
    }
    return tests[operator](value, wanted)


def _comparison(column: str) -> st.SearchStrategy[Where]:
    values = st.sampled_from(VALUES[column])
    one_of = st.builds(Where, st.just(column), st.just(Operator.IN), st.lists(values, max_size=4))
    operators = {
        "tags": [Operator.EQ, Operator.NE, *SEARCHED],
        "name": [*ORDERED, *SEARCHED],
        "origin_id": [*ORDERED, *SEARCHED],
        "visibility": [Operator.EQ, Operator.NE],
        "state": [Operator.EQ, Operator.NE],
    }.get(column, ORDERED)
    other = st.builds(Where, st.just(column), st.sampled_from(operators), values).filter(
        lambda where: where.value is not None or where.operator in (Operator.EQ, Operator.NE)
    )
    return one_of | other


comparisons = st.sampled_from(sorted(VALUES)).flatmap(_comparison)
conditions = st.recursive(
    comparisons,
    lambda inner: (
        st.builds(All, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Either, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Not, inner)
    ),
    max_leaves=6,
)


def found(session: Session, table: type[Resource], condition: Condition) -> list[str]:
    return sorted(session.scalars(select(table.__table__.c.id).where(to_sql(table, condition))))  # type: ignore[attr-defined]


async def test_conditions_mean_what_they_say(database: Database) -> None:
    stored = rows()
    await database.write(lambda session: append(session, stored))

    def unit(session: Session) -> None:
        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(conditions)
        @example(All(()))
        @example(Either(()))
        @example(Not(Where("origin_id", Operator.EQ, "a")))
        @example(Where("tags", Operator.CONTAINS, ""))
        @example(Where("tags", Operator.ISTARTS_WITH, ""))
        @example(Where("origin_id", Operator.IN, ["a", None]))
        def check(condition: Condition) -> None:
            assert found(session, Evaluation, condition) == sorted(row.id for row in stored if holds(row, condition))

        check()

    await database.read(unit)


async def test_every_operator_works_on_every_type_of_column(database: Database) -> None:
    stored = rows(7)
    await database.append(stored)

    def unit(session: Session) -> None:
        for column, operator in itertools.product(VALUES, Operator):
            value = VALUES[column][1:3] if operator is Operator.IN else VALUES[column][1]
            where = Where(column, operator, value)
            has_no_text = column not in ("name", "origin_id", "tags") and operator in SEARCHED
            if has_no_text or (column == "tags" and operator in ORDERED[2:]):
                with pytest.raises(InvalidInput):
                    to_sql(Evaluation, where)
            elif column not in ("visibility", "state") or operator in (Operator.EQ, Operator.NE, Operator.IN):
                assert found(session, Evaluation, where) == sorted(row.id for row in stored if holds(row, where))
            else:
                found(session, Evaluation, where)

    await database.read(unit)


async def test_yes_and_no_are_compared(database: Database) -> None:
    closed, free = (Source(id=new_id("source"), is_closed=value) for value in (True, False))
    await database.append([closed, free])

    def unit(session: Session) -> list[list[str]]:
        wheres = [
            Where("is_closed", Operator.EQ, True),
            Where("is_closed", Operator.NE, True),
            Where("is_closed", Operator.GT, False),
            Where("is_closed", Operator.IN, [True, False]),
        ]
        return [found(session, Source, where) for where in wheres]

    assert await database.read(unit) == [[closed.id], [free.id], [closed.id], [closed.id, free.id]]


@pytest.mark.parametrize(
    "where",
    [
        Where("name", Operator.EQ, 5),
        Where("name", Operator.EQ, "a\0b"),
        Where("name", Operator.CONTAINS, "\ud800"),
        Where("name", Operator.GT, None),
        Where("name", Operator.IN, "text"),
        Where("name", Operator.IN, ["x"] * 501),
        Where("category", Operator.EQ, "5"),
        Where("category", Operator.EQ, 2.5),
        Where("category", Operator.EQ, True),
        Where("category", Operator.LT, 2**63),
        Where("category", Operator.CONTAINS, "5"),
        Where("performance", Operator.GT, float("nan")),
        Where("performance", Operator.GT, 10**400),
        Where("created_at", Operator.GT, "2020"),
        Where("created_at", Operator.GT, dt.datetime.max.replace(tzinfo=dt.timezone(dt.timedelta(hours=-5)))),
        Where("visibility", Operator.EQ, "SECRET"),
        Where("visibility", Operator.CONTAINS, "PUB"),
        Where("tags", Operator.GT, "a"),
        Where("tags", Operator.EQ, None),
        Where("tags", Operator.IN, [1]),
        Where("tags", Operator.IN, ["x"] * 101),
        Where("custom", Operator.EQ, {}),
        Where("unknown", Operator.EQ, 1),
    ],
    ids=lambda where: f"{where.column} {where.operator.value} {str(where.value)[:12]!a}",
)
def test_what_cannot_be_compared_is_refused(where: Where) -> None:
    with pytest.raises(InvalidInput) as refused:
        to_sql(Evaluation, where)

    assert refused.value.path == (where.column,)


def test_filters_have_a_size() -> None:
    one = Where("name", Operator.EQ, "a")
    nested: Condition = one
    for _ in range(12):
        nested = Not(nested)

    with pytest.raises(InvalidInput, match="deep"):
        to_sql(Evaluation, nested)
    with pytest.raises(InvalidInput, match="conditions"):
        to_sql(Evaluation, Either((one,) * 100))


async def test_the_largest_filters_work(database: Database) -> None:
    one = Where("name", Operator.EQ, "a")
    deep: Condition = one
    for _ in range(11):
        deep = Not(deep)
    many = [str(number) for number in range(500)]

    scopes = [Evaluation.__table__.c.creator_id == number for number in many[:32]]  # type: ignore[attr-defined]

    def unit(session: Session) -> None:
        for condition in (
            deep, Either((one,) * 99), Where("name", Operator.IN, many), Where("tags", Operator.IN, many[:100]),
        ):  # fmt: skip
            for order in ("created_at", "performance"):
                page = read_page(
                    session,
                    Evaluation,
                    conditions=[to_sql(Evaluation, condition)],
                    orders=[Order(order)],
                    window=Window(),
                    scopes=scopes,
                )
                assert page.rows == []

    await database.read(unit)


async def test_members_never_match_across_their_borders(database: Database) -> None:
    row = Source(id=new_id("source"), tags=["ab", "c", ""])
    await database.append([row])

    def unit(session: Session) -> list[bool]:
        values = ["a", "b", "c", "ab\x1fc", "\x1f", "", "bc", "AB"]
        return [bool(found(session, Source, Where("tags", Operator.EQ, value))) for value in values]

    assert await database.read(unit) == [False, False, True, False, False, True, False, False]


async def test_lower_case_is_the_same_on_both_databases(database: Database) -> None:
    letters = [chr(code) for code in range(1, 0x1E944) if not 0xD800 <= code < 0xE000]
    function = "fold" if database.is_sqlite else "lower"
    joined = "\n".join(letter for letter in letters if letter != "\n")

    lower = await database.read(
        lambda session: session.scalar(text(f"SELECT {function}(:letters)"), {"letters": joined})
    )

    # A PostgreSQL that knows a younger Unicode may know a few more letters.
    different = [a for a, b in zip(fold_text(joined), lower, strict=True) if a != b]
    assert len(different) <= (0 if database.is_sqlite else 200)
    assert not [letter for letter in different if ord(letter) < 0x1000]
