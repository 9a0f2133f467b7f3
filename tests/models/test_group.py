import contextlib

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, PendingRollbackError
from sqlmodel import Session

from models.database import Database
from models.dataset import Dataset
from models.errors import Conflict
from models.prediction import Prediction
from tests.models.factories import dataset, everything, inserting, prediction, together


async def test_rows_can_be_used_when_the_session_is_gone(database: Database) -> None:
    known = dataset()
    await database.write(inserting(known))

    def unit(session: Session) -> list[Dataset]:
        made, gone = dataset(name="made"), dataset(name="gone")
        for row in (made, gone):
            inserting(row)(session)
        session.delete(gone)
        session.flush()
        with contextlib.suppress(IntegrityError), session.begin_nested():
            session.add(dataset(id=known.id))
            session.flush()
        made.name = "changed"
        return [made, gone]

    made, gone = await database.write(unit)

    assert (made.name, made.tags, gone.name) == ("changed", [], "gone")
    made.name = "changed again"
    assert made.name == "changed again"


@pytest.mark.parametrize("company", [0, 5], ids=["alone", "in a group"])
async def test_a_unit_that_raises_leaves_nothing(database: Database, company: int) -> None:
    def unit(session: Session) -> None:
        inserting(dataset(name="bad"))(session)
        raise Conflict("no")

    results = await together(
        *(database.write(inserting(dataset(name="good"))) for _ in range(company)), database.write(unit)
    )

    assert [type(result) for result in results] == [type(None)] * company + [Conflict]
    assert [row.name for row in await database.read(everything(Dataset))] == ["good"] * company


@pytest.mark.parametrize("company", [0, 5], ids=["alone", "in a group"])
async def test_a_unit_whose_flush_fails_leaves_nothing_and_harms_nobody(database: Database, company: int) -> None:
    known = dataset(name="known")
    await database.write(inserting(known))

    def unit(session: Session) -> None:
        inserting(dataset(name="bad"))(session)
        inserting(dataset(id=known.id))(session)

    others = [database.write(inserting(dataset(name="good"))) for _ in range(company)]
    results = await together(*others[:2], database.write(unit), *others[2:])

    assert [result for result in results if result is not None] == [results[min(2, company)]]
    assert isinstance(results[min(2, company)], IntegrityError)
    assert [row.name for row in await database.read(everything(Dataset))] == ["known"] + ["good"] * company


@pytest.mark.parametrize("company", [0, 5], ids=["alone", "in a group"])
async def test_a_unit_that_hides_a_failed_flush_is_refused(database: Database, company: int) -> None:
    known = dataset()
    await database.write(inserting(known))

    def unit(session: Session) -> str:
        session.add(dataset(id=known.id))
        with contextlib.suppress(IntegrityError):
            session.flush()
        return "done"

    results = await together(database.write(unit), *(database.write(inserting(dataset())) for _ in range(company)))

    assert isinstance(results[0], PendingRollbackError)
    assert results[1:] == [None] * company
    assert len(await database.read(everything(Dataset))) == 1 + company


@pytest.mark.parametrize("company", [0, 5], ids=["alone", "in a group"])
async def test_what_may_fail_is_tried_in_a_nested_transaction(database: Database, company: int) -> None:
    known = dataset()
    await database.write(inserting(known))

    def unit(session: Session) -> str:
        try:
            with session.begin_nested():
                session.add(dataset(id=known.id))
                session.flush()
        except IntegrityError:
            inserting(dataset(name="instead"))(session)
        return "done"

    results = await together(database.write(unit), *(database.write(inserting(dataset())) for _ in range(company)))

    assert results == ["done"] + [None] * company
    assert "instead" in [row.name for row in await database.read(everything(Dataset))]


@pytest.mark.parametrize("company", [0, 5], ids=["alone", "in a group"])
@pytest.mark.parametrize("end", [Session.commit.__name__, Session.rollback.__name__])
async def test_a_unit_does_not_end_its_transaction(database: Database, end: str, company: int) -> None:
    def unit(session: Session) -> None:
        inserting(dataset(name="bad"))(session)
        getattr(session, end)()

    results = await together(database.write(unit), *(database.write(inserting(dataset())) for _ in range(company)))

    assert isinstance(results[0], RuntimeError)
    assert results[1:] == [None] * company
    assert len(await database.read(everything(Dataset))) == company


@pytest.mark.parametrize("company", [0, 3], ids=["alone", "in a group"])
async def test_an_exhausted_iterator_in_a_unit_is_an_error_of_that_unit(database: Database, company: int) -> None:
    results = await together(
        database.write(lambda _: next(iter([]))), *(database.write(inserting(dataset())) for _ in range(company))
    )

    assert isinstance(results[0], RuntimeError)
    assert isinstance(results[0].__cause__, StopIteration)
    assert results[1:] == [None] * company
    assert await database.write(lambda _: "still works") == "still works"


async def test_units_of_a_group_see_those_before_them(database: Database) -> None:
    row = dataset()
    await database.write(inserting(row))

    def unit(session: Session) -> int:
        found = session.get(Dataset, row.id)
        assert found is not None
        found.column_count += 1
        session.add(found)
        return found.column_count

    assert await together(*(database.write(unit) for _ in range(20))) == list(range(1, 21))


async def test_appending_rows_of_several_tables_works(database: Database) -> None:
    await database.append([prediction(), dataset(), prediction()])

    assert len(await database.read(everything(Prediction))) == 2
    assert len(await database.read(everything(Dataset))) == 1


async def test_a_bad_row_harms_no_other_append(database: Database) -> None:
    known = prediction()
    await database.append([known])
    good = [[prediction(), prediction()] for _ in range(4)]

    results = await together(
        database.append(good[0]),
        database.append([prediction(name="lost"), prediction(id=known.id)]),
        database.write(inserting(dataset())),
        *(database.append(rows) for rows in good[1:]),
    )

    assert isinstance(results[1], IntegrityError)
    assert [*results[:1], *results[2:]] == [None] * 5
    assert len(await database.read(everything(Prediction))) == 9
    assert len(await database.read(everything(Dataset))) == 1


async def test_a_full_disk_is_told_to_everybody_and_nothing_of_it_stays(sqlite: Database, sqlite_url: str) -> None:
    await sqlite.write(inserting(dataset(name="before")))

    def fill(session: Session) -> None:
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count = {pages + 30}"))

    await sqlite.write(fill)
    big = "x" * 200_000

    results = await together(
        sqlite.write(inserting(dataset(name="first"))),
        sqlite.write(inserting(dataset(name="too big", description=big))),
        sqlite.write(inserting(dataset(name="last"))),
    )

    names = {row.name for row in await sqlite.read(everything(Dataset))}
    told = {name for name, result in zip(("first", "too big", "last"), results, strict=True) if result is None}
    assert "too big" not in told
    assert names == {"before"} | told
    await sqlite.write(lambda session: session.execute(text("PRAGMA max_page_count = 1000000")))
    await sqlite.write(inserting(dataset(name="after")))
