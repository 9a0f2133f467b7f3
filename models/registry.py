"""Every kind of resource with its table: the one list that storage knows them by."""

from typing import Any

from sqlalchemy import Column, Index, Table

from models.batch_prediction import BatchPrediction
from models.columns import LOOKUP, ORDER, columns
from models.dataset import Dataset
from models.evaluation import Evaluation
from models.identity import ApiKey, User
from models.job import Job
from models.model import Model
from models.prediction import Prediction
from models.project import Project
from models.resource import Resource
from models.source import Source
from models.webhook import Webhook

TABLES: dict[str, type[Resource]] = {}
"""Tables by the kind that their ids begin with."""

WRITE_MOSTLY = frozenset({"prediction"})
"""Kinds that are written far more often than they are ordered: of their orders only the time of creation is indexed."""


def register(table: type[Resource]) -> type[Resource]:
    """Makes a table known by its kind, and gives it the indexes that its lists need.

    Each order has one that ends with the id; each look-up one that goes on with the order of creation: an index of the
    column alone would tempt SQLite to sort a million rows that have one owner.
    """
    TABLES[table.kind] = table
    sql: Table = table.__table__  # type: ignore[attr-defined]  # SQLModel adds it to classes that are tables
    for name, _ in columns(table, ORDER):
        if table.kind not in WRITE_MOSTLY or name == "created_at":
            Index(f"ix_{sql.name}_{name}_id", sql.c[name], sql.c.id)
    for name, _ in columns(table, LOOKUP):
        _index_present(f"ix_{sql.name}_{name}", sql.c[name], sql.c.created_at, sql.c.id)
    _index_present(f"ix_{sql.name}_share_token", sql.c.share_token)
    return table


def _index_present(name: str, first: Column[Any], *others: Column[Any]) -> None:
    """An index of the rows that have a value; on SQLite, rows without one, which nobody looks up, cost nothing.

    To say the same for PostgreSQL would load all that SQLAlchemy knows about it into every server on SQLite.
    """
    if first.nullable:
        Index(name, first, *others, sqlite_where=first.is_not(None))
    else:
        Index(name, first, *others)


for _table in (
    Project, Source, Dataset, Model, Prediction, Evaluation, BatchPrediction, Job, User, ApiKey, Webhook,
):  # fmt: skip
    register(_table)


def table_of(id: str) -> type[Resource] | None:
    """The table that an id belongs to, judged by its kind; None for an unknown kind."""
    return TABLES.get(id.partition("/")[0])
