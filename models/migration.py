"""Brings the tables of a database to those of this version, and writes the steps that do so.

Until the first release there is one step, and who changes a column remakes it: `python -m models.migration regenerate`.
From then on every change is a step of its own: `python -m models.migration add "what changes"`.
"""

import asyncio
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from sqlalchemy import Connection, Enum, MetaData, Table, inspect, make_url, text

from models.columns import Json, Number, StringList, UtcDateTime
from models.database import is_postgres
from models.sqlite import make_engine

if TYPE_CHECKING:
    from alembic.config import Config

T = TypeVar("T")

FOLDER = Path(__file__).parent / "migrations"
STEP = re.compile(r"(\d{4})_\w+\.py")

UPGRADE_LOCK = 0x6D6F64656D
"""The advisory lock that keeps two server processes from upgrading at once."""


def upgrade(url: str) -> None:
    """Takes all steps that a database has not taken yet, in one transaction; makes it first when it is an SQLite file.

    Blocks. Raises what the driver raises when the database is out of reach.
    """
    from alembic import command  # not needed by a server whose database is up to date

    def run(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})"))
        command.upgrade(_config(connection), "head")

    _on(url, run)


def current(url: str) -> str | None:
    """The number of the newest step that a database has taken, as four digits; None for one that has taken none."""
    path = make_url(url).database
    if not is_postgres(url) and (path is None or not Path(path).exists()):
        return None

    def read(connection: Connection) -> str | None:
        if not inspect(connection).has_table("alembic_version"):
            return None
        number: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return number

    return _on(url, read)


def is_current(url: str) -> bool:
    """Whether a database has taken every step."""
    return current(url) == newest()


def newest() -> str | None:
    """The number of the last step that there is, as four digits."""
    numbers = [match[1] for path in (FOLDER / "versions").iterdir() if (match := STEP.fullmatch(path.name))]
    return max(numbers, default=None)


def metadata() -> MetaData:
    """All tables of this package as the code has them; not those that somebody else may have declared."""
    from sqlmodel.main import default_registry

    from models import blob, registry, revision  # noqa: F401  # these bring in every module with a table

    ours = MetaData()
    for mapper in default_registry.mappers:
        if mapper.class_.__module__.startswith("models.") and isinstance(mapper.local_table, Table):
            mapper.local_table.to_metadata(ours)
    return ours


def differences(url: str) -> list[Any]:
    """What sets the tables of a database apart from those of the code, as operations of Alembic; empty when nothing."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata()))

    return _on(url, compare)


def regenerate() -> Path:
    """Writes the first and only step anew. Not to be used after a release: databases would not be upgraded."""
    for path in (FOLDER / "versions").glob("[0-9]*.py"):
        path.unlink()
    return add("the tables of the first release", slug="initial", is_altering=False)


def add(message: str, *, slug: str | None = None, is_altering: bool = True) -> Path:
    """Writes the step from the newest one there is to the tables of the code, and says where. It is to be read over."""
    from alembic import command

    number = f"{int(newest() or 0) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/steps.db"
        upgrade(url)

        def write(connection: Connection) -> None:
            config = _config(connection, metadata=metadata(), is_altering=is_altering)
            command.revision(config, message, autogenerate=True, rev_id=number)

        _on(url, write)
    written = next((FOLDER / "versions").glob(f"{number}_*.py"))
    path = written.rename(written.with_name(f"{number}_{slug}.py")) if slug else written
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "###" not in line), encoding="utf-8")
    compact = ["--config", "format.skip-magic-trailing-comma=true"]
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *compact, str(path)], check=True)
    return path


def render_type(kind: str, item: Any, _context: object) -> str | Literal[False]:  # Any: whatever Alembic renders
    """The plain type behind a type of ours, as a step has it: a step never changes, whatever becomes of our types."""
    if kind != "type":
        return False
    if isinstance(item, Enum) or type(item).__name__ == "AutoString":
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    plain = {
        UtcDateTime: "sa.DateTime(timezone=True)",
        StringList: "sa.String()",
        Json: "sa.JSON()",
        Number: "sa.Float()",
    }
    return plain.get(type(item), False)


def _config(connection: Connection, **attributes: object) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, **attributes)
    return config


def _on(url: str, action: Callable[[Connection], T]) -> T:
    """Runs an action in a transaction of its own."""
    if is_postgres(url):
        with ThreadPoolExecutor(1) as thread:  # the caller's thread may have an event loop already
            return thread.submit(lambda: asyncio.run(_on_postgres(url, action))).result()
    engine = make_engine(make_url(url).database or "", begin="BEGIN IMMEDIATE")
    with engine.begin() as connection:
        return action(connection)


async def _on_postgres(url: str, action: Callable[[Connection], T]) -> T:
    from models import postgres

    engine = postgres.make_engine(url)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(action)
    finally:
        await engine.dispose()


def main(arguments: list[str]) -> None:
    """The command line of those who change tables."""
    match arguments:
        case ["regenerate"]:
            print(regenerate())
        case ["add", message]:
            print(add(message))
        case _:
            raise SystemExit(f"usage: python -m models.migration regenerate | add MESSAGE, not {arguments}")


if __name__ == "__main__":
    main(sys.argv[1:])
