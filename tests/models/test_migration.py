import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from models.database import make_database
from models.dataset import Dataset
from models.migration import FOLDER, current, differences, is_current, metadata, newest, upgrade
from tests.models.factories import dataset, inserting


def test_the_steps_lead_to_the_tables_of_the_code(url: str) -> None:
    assert differences(url) == []


def test_an_upgrade_makes_an_empty_database_current(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    assert current(url) is None
    assert not (tmp_path / "new.db").exists()
    assert not is_current(url)

    upgrade(url)

    assert current(url) == newest() == "0001"
    assert is_current(url)


def test_an_upgrade_makes_an_empty_postgres_current(postgres_empty: str) -> None:
    assert current(postgres_empty) is None

    upgrade(postgres_empty)

    assert is_current(postgres_empty)


async def test_an_upgrade_keeps_what_is_there(url: str) -> None:
    database = make_database(url)
    await database.open()
    row = dataset(name="iris")
    await database.write(inserting(row))
    await database.close()

    await asyncio.to_thread(upgrade, url)
    assert await asyncio.to_thread(is_current, url)

    await database.open()
    found = await database.read(lambda session: session.get(Dataset, row.id))
    await database.close()
    assert found is not None
    assert found.name == "iris"


async def test_an_upgrade_can_be_called_where_an_event_loop_runs(url: str) -> None:
    upgrade(url)

    assert is_current(url)


def test_a_step_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE webhook_delivery (id INTEGER)"))  # in the way of the last table
    engine.dispose()

    with pytest.raises(Exception, match="webhook_delivery"):
        upgrade(url)

    assert current(url) is None
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.scalars(text("SELECT name FROM sqlite_master")).all() == ["webhook_delivery"]
    engine.dispose()


def test_sequence_numbers_of_events_are_never_reused(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    with engine.connect() as connection:
        assert "AUTOINCREMENT" in connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'event'"))
    engine.dispose()


def test_steps_stand_on_their_own() -> None:
    for path in (FOLDER / "versions").glob("[0-9]*.py"):
        assert "models" not in path.read_text(), f"{path.name} must not change with the code"


def test_every_module_with_a_table_is_known() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "from models.migration import metadata; print(*sorted(metadata().tables))"],
        capture_output=True,
        text=True,
        check=True,
        cwd=FOLDER.parents[1],
    )
    declared = sum(path.read_text().count("table=True") for path in FOLDER.parent.glob("*.py"))

    assert found.stdout.split() == sorted(metadata().tables)
    assert len(metadata().tables) == declared
