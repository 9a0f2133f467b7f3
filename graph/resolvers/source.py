"""Sources: where their bytes come from, and how they are read."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson
from pydantic import Field
from sqlmodel import Session

from graph.context import Context, Services
from graph.destination import check_form, own_origins
from graph.jobs.kind import JobKind
from graph.resolvers.access import parents
from graph.resolvers.arguments import FieldChange, ItemAnalysis, SourceParser, TermAnalysis, plain
from graph.resolvers.cloning import clone
from graph.resolvers.fields import change_fields
from graph.spec import Changes, Draft, JobDraft, Spec, Values
from graph.tls import own_certificate
from models.blob import Stored
from models.errors import Conflict, InvalidInput, LimitReached
from models.job import Job
from models.source import Source

INLINE_LIMIT = 16_000_000
FETCH_SECONDS = 60.0
"""How long the other side may be silent."""
ORIGINS = ("data", "url", "component_ids", "origin_id", "stored")

EXTRA_CREATE: dict[str, Any] = {
    "data": (str | None, Field(None, description="The table itself, as CSV text or as a JSON array of rows.")),
    "url": (str | None, Field(None, max_length=4000, description="The address to fetch the table from.")),
    "component_ids": (
        list[str] | None,
        Field(None, max_length=1000, description="Sources of equal structure to put together, in this order."),
    ),
    "origin_id": (str | None, Field(None, description="The source to make a copy of.")),
    "parser": (SourceParser | None, Field(None, description="How the text is read; what is left out is detected.")),
    "term_analysis": (TermAnalysis | None, Field(None, description="How text columns are cut into terms.")),
    "item_analysis": (ItemAnalysis | None, Field(None, description="How items columns are cut into items.")),
}
INTERNAL_CREATE: dict[str, Any] = {"stored": (Stored | None, Field(None)), "content_type": (str, Field(""))}
EXTRA_PATCH: dict[str, Any] = {
    "parser": (SourceParser | None, Field(None, description="How the text is read; null detects everything again.")),
    "fields": (list[FieldChange] | None, Field(None, description="Changes of single columns.")),
    "component_ids": (
        list[str] | None,
        Field(None, max_length=1000, description="The sources to put together, in this order."),
    ),
}


async def store(context: Context, chunks: AsyncIterator[bytes]) -> Stored:
    """Keeps the bytes of an upload as they arrive; `create` takes them as `stored`. Raises LimitReached."""
    limit = context.services.settings.upload_limit_bytes
    try:
        return await context.services.blobs.put_stream(chunks, limit=limit)
    except OverflowError as problem:
        raise LimitReached(f"a file may have {limit} bytes at most", ("file",)) from problem


async def prepare(context: Context, values: Values) -> Values:
    """The values with inline data stored. Raises InvalidInput unless exactly one origin is given."""
    origins = [name for name in ORIGINS if values.get(name) is not None]
    if len(origins) != 1:
        found = f"not {' and '.join(origins)}" if origins else "none was given"
        path = (origins[-1] if origins else "data",)
        raise InvalidInput(f"give exactly one of data, url, component_ids or origin_id: {found}", path)
    if values.get("url") is not None:
        check_form(values["url"], ("url",))
    if values.get("data") is None:
        return values
    content = values["data"].encode()
    if len(content) > INLINE_LIMIT:
        raise LimitReached(f"inline data may have {INLINE_LIMIT} bytes at most: upload a file instead", ("data",))
    stored = await asyncio.to_thread(context.services.blobs.put_bytes, content)
    is_json = content.lstrip()[:1] in (b"[", b"{") and _is_json(content)
    return {
        **values,
        "data": None,
        "stored": stored,
        "content_type": "application/json" if is_json else "text/csv",
        "file_name": values.get("file_name") or ("inline.json" if is_json else "inline.csv"),
        "name": values.get("name") or "Unnamed inline source",
    }


def build(session: Session, context: Context, values: Values, spec: Spec) -> Draft:
    """The row of a new source and the job that reads it."""
    if values.get("origin_id") is not None:
        return clone(session, context, spec, values, reset={"is_closed": False})
    arguments = {name: plain(values[name]) for name in ("term_analysis", "item_analysis") if values.get(name)}
    columns = {key: value for key, value in values.items() if key not in ("data", "parser", "component_ids")}
    row = spec.new_row(context, columns)
    assert isinstance(row, Source)
    row.parser = plain(values.get("parser")) or {}
    stored: Stored | None = values.get("stored")
    if stored is not None:
        row.content, row.size, row.md5 = stored.digest, stored.size, stored.md5
    if values.get("url"):
        row.remote_url = values["url"]
        row.name = row.name or "Unnamed remote source"
    depends_on: list[str] = []
    if values.get("component_ids") is not None:
        depends_on = _set_components(session, context, row, values["component_ids"])
        row.name = row.name or "Unnamed composite source"
    row.name = row.name or row.file_name or "Unnamed source"
    return Draft(row, JobDraft("source.read", depends_on=depends_on, arguments=arguments))


def change(session: Session, context: Context, row: Source, values: Values) -> Changes:
    """What a patch sets. Raises Conflict when it would change the reading of a closed source."""
    changes = {key: value for key, value in values.items() if key not in EXTRA_PATCH}
    reading = [
        name
        for name in (*EXTRA_PATCH, "is_datetime_disabled")
        if values.get(name) is not None or (name == "parser" and "parser" in values)
    ]
    if not reading:
        return Changes(changes)
    if row.is_closed:
        raise Conflict("this source is closed, because a dataset was made from it: change a copy of it", (reading[0],))
    if not row.state.is_final:
        raise Conflict("this source is still being read", (reading[0],))
    if values.get("fields") is not None:
        changes["fields"] = change_fields(row.fields, values["fields"])
    if reading == ["fields"]:
        return Changes(changes)
    depends_on: list[str] = []
    if "parser" in values:
        changes["parser"] = {**row.parser, **plain(values["parser"])} if values["parser"] is not None else {}
    if values.get("component_ids") is not None:
        if not row.component_ids:
            raise InvalidInput("this source has a file of its own: make a new one of components", ("component_ids",))
        depends_on = _set_components(session, context, row, values["component_ids"])
        changes["component_ids"] = values["component_ids"]
    # Reading again finds the columns anew; what is said of them in the same breath is about the new ones.
    arguments = {"changes": [plain(each) for each in values["fields"]]} if values.get("fields") is not None else {}
    return Changes(changes, JobDraft("source.read", depends_on=depends_on, arguments=arguments))


def close(session: Session, source: Source) -> None:
    """Settles the reading of a source: a dataset is made from it."""
    if not source.is_closed:
        source.is_closed = True
        session.add(source)


def _set_components(session: Session, context: Context, row: Source, ids: list[str]) -> list[str]:
    if not ids:
        raise InvalidInput("a composite source needs at least one component", ("component_ids",))
    for component in parents(session, context, ids, (Source,), "component_ids"):
        if isinstance(component, Source) and component.component_ids:
            raise InvalidInput(f"{component.id} is composite itself", ("component_ids",))
    row.component_ids = ids
    return ids


def _is_json(content: bytes) -> bool:
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError:
        return False
    return True


def reading_inputs(session: Session, services: Services, row: Source, job: Job) -> dict[str, Any]:
    """What reading a source needs: the path of its bytes, or the address to fetch them from."""
    components = [session.get(Source, id) for id in row.component_ids]
    own = own_certificate(services.settings)
    return {
        "path": str(services.blobs.path(row.content)) if row.content else None,
        "url": row.remote_url if row.content is None and not components else None,
        "components": [
            {"fields": component.fields, "size": component.size, "parser": component.parser}
            for component in components
            if component is not None
        ],
        "file_name": row.file_name,
        "parser": row.parser,
        "is_datetime_disabled": row.is_datetime_disabled,
        "fetching": {
            "limit_bytes": services.settings.upload_limit_bytes,
            "timeout": FETCH_SECONDS,
            "allow_private": services.settings.allow_private_urls,
            "own_origins": sorted(own_origins(services.settings)),
        },
        "certificate": None if own is None else str(own),
        **job.arguments,
    }


def finish_reading(
    _session: Session, row: Source, job: Job, values: dict[str, Any], files: Mapping[str, Stored]
) -> None:
    """Writes down what was found."""
    fetched = files.get("content")
    if fetched is not None:
        row.content, row.size, row.md5 = fetched.digest, fetched.size, fetched.md5
    for name in ("file_name", "content_type", "charset", "format", "fields"):
        if values.get(name):
            setattr(row, name, values[name])
    if values.get("size") is not None:
        row.size = values["size"]
    if row.name in ("Unnamed remote source",) and values.get("file_name"):
        row.name = values["file_name"]
    row.parser = {**values["parser"]}
    if job.arguments.get("changes"):
        row.fields = change_fields(row.fields, [FieldChange(**each) for each in job.arguments["changes"]])


READ = JobKind(
    name="source.read",
    work="graph.jobs.work.source:read",
    inputs=reading_inputs,
    finish=finish_reading,
    done="The source has been created",
)


def shown_url(url: str | None) -> str | None:
    """An address without the user, password and query that may hold secrets."""
    if url is None:
        return None
    parts = urlsplit(url)
    host = parts.hostname or ""
    return urlunsplit((parts.scheme, f"{host}:{parts.port}" if parts.port else host, parts.path, "", ""))
