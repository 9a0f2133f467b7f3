import datetime as dt
import math
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from models.columns import CREATE, StringList, columns, from_json, to_json, to_utc
from models.database import Database
from models.dataset import Dataset
from models.evaluation import Evaluation
from models.ids import new_id
from models.repository import get_many
from models.resource import Resource, State, Visibility
from tests.models.factories import dataset

LISTS = StringList()

T = TypeVar("T", bound=Resource)


async def round_trip(database: Database, rows: list[T]) -> list[T]:
    """The rows as they are read back, in the same order."""
    await database.append(rows)
    found = await database.read(lambda session: get_many(session, type(rows[0]), [row.id for row in rows]))
    return [found[row.id] for row in rows]


class Half(float):
    """What looks like a float and is none to a strict writer."""


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a": [1, None, True, "ä"]}, '{"a":[1,null,true,"ä"]}'),
        ({"a": float("nan"), "b": [float("inf"), -math.inf, 1.5]}, '{"a":null,"b":[null,null,1.5]}'),
        ({1: "a"}, '{"1": "a"}'),
        ({"a": (Half(0.5), Half("nan"))}, '{"a": [0.5, null]}'),
        ([2**64], "[18446744073709551616]"),
        ("\ud800", '"\\ud800"'),
        (None, "null"),
    ],
    ids=["plain", "not finite", "numbers as keys", "subclasses", "beyond 64 bits", "half a pair", "nothing"],
)
def test_json_is_written_so_that_every_database_takes_it(value: Any, written: str) -> None:
    assert to_json(value) == written


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(json_values)
def test_json_comes_back_as_it_was(value: Any) -> None:
    assert from_json(to_json(value)) == value


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        to_json({"a": object()})


JSONS = [{}, {"a": 1}, {"deep": [{"x": None}, [1.5, "ä\n\0"]]}, {"half": "\ud800"}, {"nan": float("nan")}, {"n": 2**64}]


async def test_json_is_stored_on_both_databases(database: Database) -> None:
    found = await round_trip(database, [dataset(custom=value, fields=[value]) for value in JSONS])

    expected = [
        {},
        {"a": 1},
        {"deep": [{"x": None}, [1.5, "ä\n\0"]]},
        {"half": "\ud800"},
        {"nan": None},
        {"n": 2.0**64},
    ]
    assert [row.custom for row in found] == expected
    assert [row.fields for row in found] == [[value] for value in expected]


async def test_lists_come_back_as_they_were(database: Database) -> None:
    lists = [[], [""], ["", ""], ["a"], ["b", "a", "b"], ["ä", " ", "a\nb", "\\"]]

    found = await round_trip(database, [dataset(tags=members) for members in lists])

    assert [row.tags for row in found] == lists


def test_a_list_refuses_a_member_with_its_separator() -> None:
    with pytest.raises(ValueError, match="separator"):
        LISTS.process_bind_param(["a\x1fb"], None)  # type: ignore[arg-type]


async def test_moments_are_stored_in_utc(database: Database) -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    moments = {
        dt.datetime(2024, 5, 1, 12, tzinfo=zone): dt.datetime(2024, 5, 1, 10, tzinfo=dt.UTC),
        dt.datetime(2024, 5, 1, 12): dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC),
        dt.datetime(1, 1, 1, tzinfo=dt.UTC): dt.datetime(1, 1, 1, tzinfo=dt.UTC),
        dt.datetime.max.replace(tzinfo=dt.UTC): dt.datetime.max.replace(tzinfo=dt.UTC),
    }

    found = await round_trip(database, [dataset(created_at=moment) for moment in moments])

    assert [to_utc(moment) for moment in moments] == list(moments.values())
    assert [row.created_at for row in found] == list(moments.values())
    assert {row.created_at.tzinfo for row in found} == {dt.UTC}


async def test_enums_are_stored_as_their_words(database: Database) -> None:
    row = dataset(state=State.CANCELING, visibility=Visibility.PUBLIC)
    await database.append([row])

    def unit(session: Session) -> Any:
        return session.execute(text("SELECT state, visibility FROM dataset")).one(), session.get_one(Dataset, row.id)

    stored, found = await database.read(unit)

    assert tuple(stored) == ("CANCELING", "PUBLIC")
    assert (found.state, found.visibility) == (State.CANCELING, Visibility.PUBLIC)


async def test_sizes_beyond_32_bits_are_stored(database: Database) -> None:
    sizes = [2**31, 2**63 - 1]

    found = await round_trip(database, [dataset(size=size, row_count=size) for size in sizes])

    assert [(row.size, row.row_count) for row in found] == [(size, size) for size in sizes]


async def test_numbers_are_stored_to_the_last_bit_and_nan_as_missing(database: Database) -> None:
    numbers = [None, 0.1, 5e-324, 1.7976931348623157e308, math.inf, -math.inf]
    rows = [Evaluation(id=new_id("evaluation"), performance=number) for number in [*numbers, math.nan]]

    found = await round_trip(database, rows)

    assert [row.performance for row in found] == [*numbers, None]


async def test_texts_have_no_length_of_their_own_in_the_database(database: Database) -> None:
    row = dataset(name="ä" * 501, description="x" * 100_001)
    await database.append([row])

    found = await database.read(lambda session: session.get_one(Dataset, row.id))

    assert (len(found.name), len(found.description)) == (501, 100_001)


def test_columns_are_listed_in_the_order_of_their_declaration() -> None:
    names = [name for name, _ in columns(Dataset, CREATE)]

    assert names == ["name", "description", "tags", "category", "custom", "project_id", "source_id"]
