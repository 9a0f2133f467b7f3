"""Rows for tests, with what matters to a test alone."""

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from models.dataset import Dataset
from models.ids import new_id
from models.prediction import Prediction
from models.repository import insert
from models.row import Row


def dataset(**values: Any) -> Dataset:
    return Dataset(**{"id": new_id("dataset"), **values})


def prediction(**values: Any) -> Prediction:
    return Prediction(**{"id": new_id("prediction"), **values})


def inserting(row: Any) -> Callable[[Session], None]:
    """The unit of work that inserts a row."""
    return lambda session: insert(session, row, author_id="user/a")


def everything(table: type[Row]) -> Callable[[Session], list[Any]]:
    """The unit of work that reads all rows of a table."""
    return lambda session: list(session.scalars(select(table)))


async def together(*awaitables: Any) -> list[Any]:
    """All results, or errors, of what runs at once."""
    return await asyncio.gather(*awaitables, return_exceptions=True)
