"""Datasets: made from a source, or from rows and columns of other datasets."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field
from sqlmodel import Session

from graph.context import Context, Services
from graph.jobs.kind import JobKind
from graph.resolvers.access import may_write, readable
from graph.resolvers.arguments import FieldChange, Parent, Sampling, plain
from graph.resolvers.cloning import clone
from graph.resolvers.fields import change_fields, check_names, find
from graph.resolvers.source import close
from graph.spec import Changes, Draft, JobDraft, Spec, Values
from ml.fields import MISSING_TOKENS
from models.blob import Stored
from models.dataset import Dataset
from models.errors import InvalidInput
from models.job import Job
from models.resource import State
from models.source import Source

EXTRA_CREATE: dict[str, Any] = {
    "parents": (
        list[Parent] | None,
        Field(None, max_length=100, description="The datasets that it is made from, one after the other."),
    ),
    "origin_id": (str | None, Field(None, description="The dataset to make a copy of.")),
    "sampling": (Sampling | None, Field(None, description="Which rows to take of what the parents give together.")),
    "inputs": (
        list[str] | None,
        Field(None, max_length=100_000, description="The columns to keep, by id or name; all when left out."),
    ),
    "excluded": (
        list[str] | None,
        Field(None, max_length=100_000, description="The columns to leave out, by id or name."),
    ),
    "objective": (
        str | None,
        Field(None, description="The column, by id or name, that models learn to predict."),
    ),
    "fields": (list[FieldChange] | None, Field(None, description="Changes of single columns.")),
    "lisp_filter": (str | None, Field(None, max_length=100_000, description="Which rows to keep, as an s-expression.")),
    "json_filter": (Any, Field(None, description="Which rows to keep, as an expression of nested lists.")),
    "size_limit": (
        int | None,
        Field(None, gt=0, description="How many bytes of the source to use, from its beginning."),
    ),
}
EXTRA_PATCH: dict[str, Any] = {
    "objective": (str | None, Field(None, description="The column, by id or name, that models learn to predict.")),
    "fields": (list[FieldChange] | None, Field(None, description="Changes of single columns.")),
}
DEFERRED = ("sampling", "inputs", "excluded", "objective", "fields", "lisp_filter", "json_filter", "size_limit")
"""What the job looks at, as it needs the columns of the finished parents."""

USUAL_LOCALE = "en_US"
"""How numbers are written unless a source says otherwise."""


def build(session: Session, context: Context, values: Values, spec: Spec) -> Draft:
    """The row of a new dataset and the job that fills it."""
    origins = [name for name in ("source_id", "parents", "origin_id") if values.get(name)]
    if len(origins) != 1:
        found = f"not {' and '.join(origins)}" if origins else "none was given"
        raise InvalidInput(
            f"give exactly one of source_id, parents or origin_id: {found}", (origins[-1] if origins else "source_id",)
        )
    if values.get("origin_id"):
        return clone(session, context, spec, values)
    if values.get("lisp_filter") is not None and values.get("json_filter") is not None:
        raise InvalidInput("give either lisp_filter or json_filter", ("json_filter",))
    _check_filter(values)
    check_names(values.get("fields") or ())
    row = spec.new_row(context, {key: value for key, value in values.items() if key not in (*DEFERRED, "parents")})
    assert isinstance(row, Dataset)
    row.arguments = {name: plain(values[name]) for name in DEFERRED if values.get(name) is not None}
    if values.get("source_id"):
        source = readable(session, context, Source, values["source_id"], path=("source_id",))
        if may_write(context.caller, source):  # whoever may only read a source does not settle how others read it
            close(session, source)
        _inherit(row, source)
        depends_on = [source.id, *source.component_ids]
    else:
        parents: list[Parent] = values["parents"]
        rows = [
            readable(session, context, Dataset, parent.id, path=("parents", index, "id"))
            for index, parent in enumerate(parents)
        ]
        row.parent_ids = [parent.id for parent in parents]
        row.arguments["parents"] = [plain(parent) for parent in parents]
        _inherit(row, rows[0])
        row.source_id = rows[0].source_id
        depends_on = list(dict.fromkeys(row.parent_ids))
        check_ranges(parents, rows, values.get("sampling"))
    return Draft(row, JobDraft("dataset.build", depends_on=depends_on))


def _inherit(row: Dataset, parent: Source | Dataset) -> None:
    row.name = row.name or parent.name
    row.tags = row.tags or list(parent.tags)
    row.project_id = row.project_id or parent.project_id


def check_ranges(parents: Sequence[Sampling], rows: Sequence[Dataset], sampling: Sampling | None) -> None:
    """Refuses early what the job would refuse; only possible for parents that are finished. Raises InvalidInput."""
    for index, (parent, row) in enumerate(zip(parents, rows, strict=True)):
        _check_range(parent, row, ("parents", index))
    if len(rows) == 1 and sampling is not None and parents[0].range is None:
        _check_range(sampling, rows[0], ("sampling",))


def _check_range(sampling: Sampling, parent: Dataset, path: tuple[str | int, ...]) -> None:
    if sampling.range is None or parent.state is not State.FINISHED:
        return
    first, last = sampling.range
    if not 1 <= first <= last <= parent.row_count:
        raise InvalidInput(f"the range must lie between 1 and {parent.row_count}", (*path, "range"))


def _check_filter(values: Values) -> None:
    from ml.errors import DataError
    from ml.filters import parse_json, parse_lisp

    for name, parse in (("lisp_filter", parse_lisp), ("json_filter", parse_json)):
        if values.get(name) is None:
            continue
        try:
            parse(values[name])
        except DataError as problem:
            raise InvalidInput(str(problem), (name,)) from problem


def change(_session: Session, _context: Context, row: Dataset, values: Values) -> Changes:
    """What a patch sets."""
    changes = {key: value for key, value in values.items() if key not in EXTRA_PATCH}
    if values.get("fields") is not None:
        for index, field in enumerate(values["fields"]):
            if field.optype is not None:
                raise InvalidInput("the type of a dataset's column is settled", ("fields", index, "optype"))
        changes["fields"] = change_fields(row.fields, values["fields"])
    if "objective_id" in values and values["objective_id"] is not None:
        changes["objective_id"] = find(row.fields, values["objective_id"], ("objective_id",))["id"]
    if values.get("objective") is not None:
        changes["objective_id"] = find(row.fields, values["objective"], ("objective",))["id"]
    return Changes(changes)


def building_inputs(session: Session, services: Services, row: Dataset, _job: Job) -> dict[str, Any]:
    """What building needs: the bytes and the reading of the source, or the data and columns of the parents."""
    arguments: dict[str, Any] = {"arguments": row.arguments}
    if row.parent_ids:
        rows = [session.get(Dataset, id) for id in row.parent_ids]
        arguments["parents"] = [
            {
                "data": str(services.blobs.path(str(parent.content))),
                "fields": parent.fields,
                "objective": parent.objective_id,
            }
            for parent in rows
            if parent is not None
        ]
        return arguments
    source = session.get(Source, row.source_id)
    if source is not None:
        components = [session.get(Source, id) for id in source.component_ids] or [source]
        arguments["source"] = {
            "paths": [str(services.blobs.path(str(each.content))) for each in components if each is not None],
            "parsers": [each.parser for each in components if each is not None],
            "parser": source.parser,
            "fields": source.fields,
        }
    return arguments


def finish_building(
    session: Session, row: Dataset, _job: Job, values: dict[str, Any], files: Mapping[str, Stored]
) -> None:
    """Writes down the data, its columns and their summaries."""
    row.content, row.size = files["content"].digest, files["content"].size
    row.summaries = files["summaries"].digest
    source = None if row.parent_ids else session.get(Source, row.source_id)
    row.fields = values["fields"] if source is None else _read_like(source, values["fields"])
    row.row_count, row.column_count = values["rows"], len([f for f in row.fields if f["parent_id"] is None])
    row.objective_id = values["objective"]
    row.field_errors = values.get("field_errors", {})
    row.row_format_errors = values.get("row_format_errors", 0)


def _read_like(source: Source, fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The columns with how the source was read, where that is not the usual way: a model reads its input likewise."""
    tokens, locale = source.parser.get("missing_tokens"), source.parser.get("locale")
    unusual: dict[str, Any] = {}
    if tokens is not None and set(tokens) != set(MISSING_TOKENS):
        unusual["missing_tokens"] = list(tokens)
    if locale and locale != USUAL_LOCALE:
        unusual["locale"] = locale
    return [{**each, **{name: value for name, value in unusual.items() if each[name] is None}} for each in fields]


BUILD = JobKind(
    name="dataset.build",
    work="graph.jobs.work.dataset:build",
    inputs=building_inputs,
    finish=finish_building,
    done="The dataset has been created",
)
