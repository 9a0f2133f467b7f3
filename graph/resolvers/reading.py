"""The big parts of resources: summaries, rows, trees and results, read from their contents when they are asked for."""

import asyncio
import hashlib
import secrets
from pathlib import Path
from typing import Any

import orjson

from graph.context import Context
from graph.resolvers.fields import find_ids
from ml.errors import DataError
from ml.exporting import Exported, ExportFormat, export
from models.dataset import Dataset
from models.errors import Conflict, InvalidInput
from models.model import Model
from models.resource import BuiltResource, State
from models.source import Source

ROWS_LIMIT = 1000


async def document(context: Context, digest: str) -> Any:
    """A content that is one JSON value; read once a request."""
    key = ("content", digest)
    found = context.loaded.get(key)
    if found is None:
        found = context.loaded[key] = asyncio.create_task(asyncio.to_thread(_read, context, digest))
    return await asyncio.shield(found)


async def summaries(context: Context, dataset: Dataset) -> dict[str, Any]:
    """The summaries of a dataset's columns by id; empty until it is finished."""
    return {} if dataset.summaries is None else dict(await document(context, dataset.summaries))


async def model_document(context: Context, digest: str) -> dict[str, Any]:
    """The JSON document of a model."""
    from ml.loading import document as read

    key = ("model", digest)
    found = context.loaded.get(key)
    if found is None:
        path = context.services.blobs.path(digest)
        found = context.loaded[key] = asyncio.create_task(asyncio.to_thread(read, path))
    return dict(await asyncio.shield(found))


async def rows(
    context: Context, dataset: Dataset, *, first: int, offset: int, fields: list[str] | None
) -> tuple[list[str], list[list[Any]]]:
    """Column ids and a page of rows. Raises Conflict until the dataset is finished."""
    require_finished(dataset)
    if not 0 <= first <= ROWS_LIMIT:
        raise InvalidInput(f"first must lie between 0 and {ROWS_LIMIT}", ("first",))
    if offset < 0:
        raise InvalidInput("offset must not be negative", ("offset",))
    ids = [each["id"] for each in dataset.fields] if fields is None else find_ids(dataset.fields, fields, "fields")
    path = context.services.blobs.path(str(dataset.content))

    def read() -> list[list[Any]]:
        from ml.fields import Field
        from ml.writing import rows as read_rows

        columns = [Field.from_dict(each) for each in dataset.fields]
        found: list[list[Any]] = read_rows(path, columns, offset=offset, limit=first, columns=ids)
        return found

    return ids, await asyncio.to_thread(read)


def require_finished(row: BuiltResource) -> None:
    """Raises Conflict unless the row is finished."""
    if row.state is not State.FINISHED:
        raise Conflict(f"{row.id} is {row.state.value.lower()}, not finished", ("id",))


def _read(context: Context, digest: str) -> Any:
    return orjson.loads(context.services.blobs.read(digest))


async def download(context: Context, row: Any) -> tuple[Path, str, str]:
    """The file of a resource, its media type and a name for it.

    Raises Conflict until the resource is finished, InvalidInput for a source that is put together from others.
    """
    require_finished(row)
    name = file_stem(row.name)
    if isinstance(row, Dataset):
        return await dataset_csv(context, row), "text/csv; charset=utf-8", f"{name}.csv"
    if isinstance(row, Source):
        if row.content is None:
            raise InvalidInput(f"{row.id} has no file of its own: fetch its components", ("id",))
        return context.services.blobs.path(str(row.content)), "application/octet-stream", row.file_name or name
    return context.services.blobs.path(str(row.content)), "text/csv; charset=utf-8", f"{name}.csv"


def file_stem(name: str) -> str:
    """A name for a file without anything that a file system could mind."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)[:100] or "data"


async def exported(context: Context, row: Model, form: str) -> Exported:
    """A model in another format. Raises InvalidInput for one that it cannot be written in."""
    require_finished(row)
    try:
        chosen = ExportFormat(form)
    except ValueError as problem:
        raise InvalidInput(f"the format must be one of {', '.join(ExportFormat)}", ("format",)) from problem
    path = context.services.blobs.path(str(row.content))
    try:
        return await asyncio.to_thread(export, path, chosen)
    except DataError as problem:
        raise InvalidInput(str(problem), problem.path) from problem


async def dataset_csv(context: Context, dataset: Dataset) -> Path:
    """The rows of a dataset as CSV, with the texts of its source. Written once and then kept beside the contents."""
    require_finished(dataset)
    folder = context.services.blobs.derived
    key = hashlib.sha256(orjson.dumps([dataset.content, dataset.fields])).hexdigest()
    path = folder / f"{key}.csv"
    if not path.exists():
        await asyncio.to_thread(_write_csv, context, dataset, path)
    return path


def _write_csv(context: Context, dataset: Dataset, path: Path) -> None:
    from ml.fields import Field
    from ml.writing import write_csv

    # The parts of a datetime are computed; the column itself has what the source said.
    fields = [Field.from_dict(each) for each in dataset.fields if each["parent_id"] is None]
    temporary = path.with_suffix(f".{secrets.token_hex(4)}")
    write_csv(context.services.blobs.path(str(dataset.content)), fields, temporary)
    temporary.replace(path)
