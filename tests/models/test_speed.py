"""Ratios that hold whatever the machine: run by `make bench`."""

import asyncio
import random
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from models.database import Database, make_database
from models.dataset import Dataset
from models.ids import new_id
from models.page import Window, read_page
from models.query import Order
from models.repository import append
from tests.models.factories import inserting, prediction

pytestmark = pytest.mark.bench

FEW, MANY = 1_000, 100_000
TABLE = Dataset.__table__.c  # type: ignore[attr-defined]
MINE = [TABLE.creator_id == "user/me", TABLE.project_id == "project/p", TABLE.project_id == "project/q"]
RARE = [TABLE.creator_id == "user/rare"]
LISTS: dict[str, tuple[list[Order], list[Any]]] = {
    "newest first": ([], []),
    "newest first, of an owner and two projects": ([], MINE),
    "newest first, of somebody who has few": ([], RARE),
    "by name": ([Order("name")], []),
    "by name, of an owner and two projects": ([Order("name", descending=True)], MINE),
    "by a column that may be missing": ([Order("source_id")], []),
    "by a column that may be missing, downwards, of an owner": ([Order("source_id", descending=True)], MINE),
    "by two columns": ([Order("column_count"), Order("name", descending=True)], []),
}


@asynccontextmanager
async def filled(template: Path, folder: Path, number: int) -> AsyncIterator[Database]:
    path = shutil.copy(template, folder / f"{number}.db")
    database = make_database(f"sqlite:///{path}")
    await database.open()
    pick = random.Random(1)
    rows = (
        Dataset(
            id=new_id("dataset"),
            name=f"dataset {pick.randrange(number // 2)}",
            source_id=None if index % 2 else f"source/{index % 500}",
            column_count=pick.randrange(number // 10),
            creator_id="user/rare" if index % (number // 30) == 0 else "user/me" if index % 3 else "user/you",
            project_id=f"project/{'opq'[index % 3]}" if index % 5 == 0 else None,
            fields=[{"id": f"{field:06}", "name": "sepal length"} for field in range(5)],
        )
        for index in range(number)
    )
    while batch := [row for row, _ in zip(rows, range(5000), strict=False)]:
        await database.append(batch)
    yield database
    await database.close()


def best(action: Callable[[], object], rounds: int = 30) -> float:
    """The shortest of some runs, in seconds."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        action()
        times.append(time.perf_counter() - begin)
    return min(times)


async def test_s7_a_page_costs_the_same_among_many(
    sqlite_template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S7, with a hundred times as many rows: the first page, and one from the middle."""
    ratios: dict[str, float] = {}
    async with filled(sqlite_template, tmp_path, FEW) as few, filled(sqlite_template, tmp_path, MANY) as many:
        for name, (orders, scopes) in LISTS.items():
            figures = []
            for database in (few, many):

                def page(cursor: str | None, orders: list[Order] = orders, scopes: list[Any] = scopes) -> Any:
                    return lambda session: read_page(
                        session, Dataset, conditions=[], orders=orders, window=Window(20, cursor), scopes=scopes
                    )

                first = best(lambda: database.read_now(page(None)))  # noqa: B023
                middle = database.read_now(page(None)).cursors[-1]
                second = best(lambda: database.read_now(page(middle)))  # noqa: B023
                figures.append((first, second))
            ratios[name] = max(figures[1][0] / figures[0][0], figures[1][1] / figures[0][1])
            with capsys.disabled():
                print(
                    f"\n{name:60} {figures[0][0] * 1e3:6.2f} {figures[0][1] * 1e3:6.2f} ms among {FEW}, "
                    f"{figures[1][0] * 1e3:6.2f} {figures[1][1] * 1e3:6.2f} ms among {MANY}: {ratios[name]:.2f}",
                    end="",
                )

    assert {
        name: ratio for name, ratio in ratios.items() if ratio > (3 if "owner" in name and "by" in name else 1.5)
    } == {}


async def test_writing_together_costs_less(sqlite: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """Group commit: so many rows a second, from one client and from 32 at once."""

    async def rate(clients: int, number: int, write: Callable[[], Any]) -> float:
        left = iter(range(number))

        async def client() -> None:
            for _ in left:
                await write()

        begin = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(clients)))
        return number / (time.perf_counter() - begin)

    def row() -> Any:
        return prediction(model_id="model/x", creator_id="user/me", input_data={"a": 1.0, "b": "x"}, output="yes")

    def appending(session: Session) -> None:
        append(session, [row()])

    ways: dict[str, Callable[[], Any]] = {
        "Database.append": lambda: sqlite.append([row()]),
        "repository.append": lambda: sqlite.write(appending),
        "repository.insert": lambda: sqlite.write(inserting(row())),
    }
    rates = {name: (await rate(1, 200, way), await rate(32, 3000, way)) for name, way in ways.items()}

    with capsys.disabled():
        for name, (alone, together) in rates.items():
            print(f"\n{name:20} {alone:6.0f}/s from one client, {together:6.0f}/s from 32", end="")
    assert rates["Database.append"][1] > 2 * rates["repository.append"][1]
    assert rates["repository.append"][1] > rates["repository.insert"][1]
