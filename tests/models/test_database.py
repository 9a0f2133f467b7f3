import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from models.database import Database, make_database
from models.dataset import Dataset
from models.errors import Conflict
from models.job import Event
from models.prediction import Prediction
from models.repository import patch
from tests.models.factories import dataset, everything, inserting, prediction, together


async def test_what_is_written_is_read_back(database: Database) -> None:
    row = dataset(name="iris", tags=["a"], custom={"deep": [1, None]})

    await database.write(inserting(row))

    found = await database.read(lambda session: session.get(Dataset, row.id))
    assert found is not None
    assert found is not row
    assert found.model_dump() == row.model_dump()


async def test_fifty_writers_lose_nothing(database: Database) -> None:
    rows = [dataset(custom={"writers": []}) for _ in range(5)]
    await together(*(database.write(inserting(row)) for row in rows))

    def read(id: str) -> Callable[[Session], Dataset]:
        return lambda session: session.get_one(Dataset, id)

    def add(id: str, number: int, seen: Dataset) -> Callable[[Session], bool]:
        changes = {"custom": {"writers": [*seen.custom["writers"], number]}}
        return lambda session: patch(
            session, session.get_one(Dataset, id), changes, author_id=None, if_revision=seen.revision
        )

    async def write(number: int) -> int:
        id, tries = rows[number % 5].id, 0
        while True:
            tries += 1
            with contextlib.suppress(Conflict):
                await database.write(add(id, number, await database.read(read(id))))
                return tries

    tries = await together(*(write(number) for number in range(50)))

    assert sum(tries) > 50
    for index, row in enumerate(rows):
        found = await database.read(read(row.id))
        assert found.revision == 11
        assert sorted(found.custom["writers"]) == list(range(index, 50, 5))


async def test_events_are_numbered_in_the_order_of_commits(database: Database) -> None:
    seen: list[int] = []
    done = asyncio.Event()

    async def follow() -> None:
        last = 0
        while not done.is_set() or last < 120:
            statement = select(Event.__table__.c.sequence).where(Event.__table__.c.sequence > last)
            found = await database.read(lambda session: sorted(session.scalars(statement)))  # noqa: B023
            seen.extend(found)
            last = max(found, default=last)

    async def write() -> None:
        for _ in range(4):
            await database.write(inserting(dataset()))

    async with asyncio.timeout(20):
        follower = asyncio.create_task(follow())
        await together(*(write() for _ in range(30)))
        done.set()
        await follower

    assert seen == sorted(seen)
    assert len(seen) == 120


async def test_two_processes_of_postgres_write_one_after_the_other(postgres_url: str) -> None:
    here, there = make_database(postgres_url), make_database(postgres_url)
    await together(here.open(), there.open())
    row = dataset(column_count=0)
    await here.write(inserting(row))

    def unit(session: Session) -> None:
        found = session.get(Dataset, row.id)
        assert found is not None
        found.column_count += 1

    results = await together(*((here, there)[number % 2].write(unit) for number in range(40)))
    found = await here.read(lambda session: session.get(Dataset, row.id))
    await together(here.close(), there.close())

    assert results == [None] * 40
    assert found is not None
    assert found.column_count == 40


async def test_a_reading_unit_sees_one_moment(database: Database) -> None:
    started, may_go_on = threading.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def unit(session: Session) -> list[int]:
        counts = [session.scalars(select(func.count()).select_from(Dataset)).one()]
        started.set()
        if database.is_sqlite:
            may_go_on.wait(10)
        else:
            session.execute(text("SELECT pg_sleep(0.3)"))
        return [*counts, session.scalars(select(func.count()).select_from(Dataset)).one()]

    reading = asyncio.create_task(database.read(unit))
    await loop.run_in_executor(None, started.wait, 10) if database.is_sqlite else await asyncio.sleep(0.1)
    await database.write(inserting(dataset()))
    may_go_on.set()

    assert await reading == [0, 0]


async def test_a_reading_unit_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError):
        await database.read(inserting(dataset()))

    assert await database.read(everything(Dataset)) == []


async def test_a_canceled_caller_harms_nobody(database: Database) -> None:
    rows = [dataset(name=str(number)) for number in range(6)]
    tasks = [asyncio.create_task(database.write(inserting(row))) for row in rows]
    await asyncio.sleep(0)
    tasks[3].cancel()
    results = await together(*tasks)

    assert isinstance(results[3], asyncio.CancelledError)
    assert [*results[:3], *results[4:]] == [None] * 5
    names = {row.name for row in await database.read(everything(Dataset))}
    assert names - {"3"} == {"0", "1", "2", "4", "5"}
    assert await database.write(lambda _: "still works") == "still works"


async def test_closing_commits_what_was_accepted_and_takes_nothing_more(url: str) -> None:
    database = make_database(url)
    await database.open()
    tasks = [asyncio.create_task(database.write(inserting(dataset()))) for _ in range(100)]
    await asyncio.sleep(0)

    await database.close()

    assert await together(*tasks) == [None] * 100
    with pytest.raises(RuntimeError, match="not open"):
        await database.write(lambda _: None)
    await database.open()
    assert len(await database.read(everything(Dataset))) == 100
    await database.close()


async def test_a_database_that_is_not_open_is_not_used(sqlite_url: str) -> None:
    database = make_database(sqlite_url)

    for use in (database.write, database.read):
        with pytest.raises(RuntimeError, match="not open"):
            await use(lambda _: None)
    with pytest.raises(RuntimeError, match="not open"):
        database.read_now(lambda _: None)
    await database.close()


async def test_appended_rows_are_read_back(database: Database) -> None:
    rows = [prediction(name=str(number), output="yes", input_data={"a": number}) for number in range(10)]

    await together(database.append(rows[:3]), database.append(rows[3:4]), database.append(rows[4:]))

    found = await database.read(everything(Prediction))
    assert sorted(row.id for row in found) == [row.id for row in rows]
    assert {row.id: row.model_dump() for row in found} == {row.id: row.model_dump() for row in rows}


async def test_looking_up_is_possible_on_the_event_loop_of_sqlite_only(database: Database) -> None:
    row = dataset(name="iris")
    await database.write(inserting(row))

    if database.is_sqlite:
        found = database.read_now(lambda session: session.get(Dataset, row.id))
        assert found is not None
        assert found.name == "iris"
    else:
        with pytest.raises(RuntimeError):
            database.read_now(lambda session: session.get(Dataset, row.id))


async def test_looking_up_goes_on_while_others_read_and_write(sqlite: Database) -> None:
    rows = [dataset(name=str(number)) for number in range(20)]
    await together(*(sqlite.write(inserting(row)) for row in rows))

    async def look_up(row: Dataset) -> None:
        for _ in range(20):
            here = sqlite.read_now(lambda session: session.get(Dataset, row.id))
            there = await sqlite.read(lambda session: session.get(Dataset, row.id))
            assert here is not None
            assert there is not None
            assert here.name == there.name == row.name

    writing = [asyncio.create_task(sqlite.write(inserting(dataset()))) for _ in range(100)]
    assert await together(*(look_up(row) for row in rows)) == [None] * 20
    assert await together(*writing) == [None] * 100


async def test_a_look_up_sees_the_newest_commit(sqlite: Database) -> None:
    row = dataset()
    await sqlite.write(inserting(row))
    for number in range(1, 30):

        def unit(session: Session, number: int = number) -> None:
            found = session.get(Dataset, row.id)
            assert found is not None
            found.column_count = number

        await sqlite.write(unit)
        found = sqlite.read_now(lambda session: session.get(Dataset, row.id))
        assert found is not None
        assert found.column_count == number


async def test_another_process_that_writes_is_waited_for(sqlite: Database, sqlite_url: str) -> None:
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(sqlite.write(inserting(dataset())))
    await asyncio.sleep(0.1)
    assert not writing.done()

    other.execute("COMMIT")
    other.close()

    await asyncio.wait_for(writing, 5)


WRITING_CHILD = """
import asyncio, sys
from models.database import make_database
from models.ids import new_id
from models.prediction import Prediction
from tests.models.factories import dataset, inserting

async def main():
    database = make_database(sys.argv[1])
    await database.open()
    async def write():
        while True:
            row = dataset()
            await database.write(inserting(row))
            print(row.id, flush=True)
    async def append():
        while True:
            row = Prediction(id=new_id("prediction"))
            await database.append([row])
            print(row.id, flush=True)
    await asyncio.gather(*(write() for _ in range(4)), *(append() for _ in range(4)))

asyncio.run(main())
"""


def test_a_killed_process_loses_no_acknowledged_write(url: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", WRITING_CHILD, url],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert child.stdout is not None
    acknowledged = [child.stdout.readline() for _ in range(200)]
    child.send_signal(signal.SIGKILL)
    acknowledged += child.stdout.readlines()
    child.stdout.close()
    child.wait()

    async def stored() -> tuple[set[str], set[str]]:
        database = make_database(url)
        await database.open()
        rows = await database.read(everything(Dataset)) + await database.read(everything(Prediction))
        events = await database.read(everything(Event))
        await database.close()
        return {row.id for row in rows}, {event.resource_id for event in events}

    rows, events = asyncio.run(stored())
    told = {line.strip() for line in acknowledged if line.endswith("\n")}
    assert len(told) >= 200
    assert told <= rows
    assert {id for id in rows if id.startswith("dataset/")} == events


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "mysql://host/name"])
def test_other_databases_are_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"file|SQLite or PostgreSQL"):
        make_database(address)


async def test_a_file_that_cannot_be_opened_is_told_at_once(tmp_path: Path) -> None:
    database = make_database(f"sqlite:///{tmp_path}/missing/modelgraph.db")

    with pytest.raises(DBAPIError):
        await database.open()
    await database.close()


def test_addresses_of_postgres_are_understood_as_its_own_clients_spell_them() -> None:
    from models.postgres import make_engine

    engine = make_engine("postgres://user:secret@host:5433/name?sslmode=require")

    assert engine.url.render_as_string(hide_password=False) == (
        "postgresql+asyncpg://user:secret@host:5433/name?ssl=require"
    )
