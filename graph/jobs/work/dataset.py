"""Building a dataset: from the bytes of sources, or from rows and columns of other datasets."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from graph.jobs.work.choosing import find, selection
from graph.jobs.worker import WorkContext
from ml.deriving import Parent, derive
from ml.errors import ArgumentError
from ml.fields import Field
from ml.filters import Filter, bind, parse_json, parse_lisp
from ml.ingest import RawFile, ingest_all
from ml.reading import ParserOptions
from ml.sampling import Selection
from ml.summaries import default_objective, preferred, summarise

CONTENT, SUMMARIES = "content.parquet", "summaries.json"
READING_SHARE = 0.5
"""The part of the work that is done when all rows are written and before they are summarised."""


def build(context: WorkContext) -> dict[str, Any]:
    """A dataset: its rows and the summaries as files, its columns and counts as values."""
    arguments = context.arguments["arguments"]
    out = context.directory / CONTENT

    def progress(share: float) -> None:
        context.progress(share * READING_SHARE)

    if "source" in context.arguments:
        values = _from_source(context.arguments["source"], arguments, out, progress)
    else:
        values = _from_parents(context.arguments["parents"], arguments, out, progress)
    fields: list[Field] = values.pop("fields")
    summaries = summarise(
        out, fields, progress=lambda share: context.progress(READING_SHARE + share * (1 - READING_SHARE))
    )
    if "source" in context.arguments:
        fields = preferred(fields, summaries, values["rows"])
    fields = _changed(fields, arguments.get("fields", ()))
    (context.directory / SUMMARIES).write_bytes(orjson.dumps(summaries))
    return {
        "values": {
            **values,
            "fields": [field.to_dict() for field in fields],
            "objective": _objective(fields, arguments.get("objective"), values.pop("parent_objective", None)),
        },
        "files": {"content": CONTENT, "summaries": SUMMARIES},
    }


def _from_source(
    source: dict[str, Any], arguments: dict[str, Any], out: Path, progress: Callable[[float], None]
) -> dict[str, Any]:
    fields = [Field.from_dict(each) for each in source["fields"]]
    kept = _kept(fields, arguments)
    selected = "sampling" in arguments or _filter(fields, arguments) is not None or len(kept) < len(fields)
    whole = out.with_name("whole.parquet") if selected else out
    done = ingest_all(
        [
            RawFile(Path(path), ParserOptions.from_dict(parser))
            for path, parser in zip(source["paths"], source["parsers"], strict=True)
        ],
        fields=fields,
        out=whole,
        size_limit_bytes=arguments.get("size_limit"),
        progress=progress,
    )
    values = {
        "rows": done.rows,
        "fields": list(done.fields),
        "field_errors": {
            id: {"total": errors.total, "sample": [list(pair) for pair in errors.sample]}
            for id, errors in done.field_errors.items()
        },
        "row_format_errors": done.row_format_errors,
    }
    if not selected:
        return values
    derived = _derive([Parent(data=whole, fields=done.fields)], arguments, out, progress)
    whole.unlink()
    return {**values, **derived}


def _from_parents(
    parents: list[dict[str, Any]], arguments: dict[str, Any], out: Path, progress: Callable[[float], None]
) -> dict[str, Any]:
    chosen = arguments["parents"]
    rows = [
        Parent(
            data=Path(parent["data"]),
            fields=[Field.from_dict(each) for each in parent["fields"]],
            selection=selection({key: value for key, value in choice.items() if key != "id"}),
        )
        for parent, choice in zip(parents, chosen, strict=True)
    ]
    return {**_derive(rows, arguments, out, progress), "parent_objective": parents[0]["objective"]}


def _derive(
    parents: Sequence[Parent], arguments: dict[str, Any], out: Path, progress: Callable[[float], None]
) -> dict[str, Any]:
    fields = parents[0].fields
    chosen = selection(arguments.get("sampling"))
    if len(parents) == 1 and parents[0].selection == Selection():
        # Of one parent the range is taken before the filter and the sample after it; what is chosen among the rows of
        # several parents is chosen last of all.
        parents, chosen = [replace(parents[0], selection=chosen)], Selection()
    done = derive(
        parents,
        out=out,
        keep=_kept(fields, arguments),
        row_filter=_filter(fields, arguments),
        selection=None if chosen == Selection() else chosen,
        progress=progress,
    )
    return {"rows": done.rows, "fields": done.fields}


def _filter(fields: Sequence[Field], arguments: dict[str, Any]) -> Filter | None:
    for argument, parse in (("lisp_filter", parse_lisp), ("json_filter", parse_json)):
        if arguments.get(argument) is not None:
            return bind(parse(arguments[argument]), fields, argument=argument)
    return None


def _kept(fields: Sequence[Field], arguments: dict[str, Any]) -> list[str]:
    """The ids of the columns to keep, in the order of the dataset; the parts of a datetime follow their parent."""
    wanted = arguments.get("inputs")
    chosen = {field.id for field in fields} if wanted is None else {find(fields, each, "inputs").id for each in wanted}
    chosen -= {find(fields, each, "excluded").id for each in arguments.get("excluded", ())}
    if wanted is not None and arguments.get("objective") is not None:
        chosen.add(find(fields, arguments["objective"], "objective").id)
    kept = [field.id for field in fields if field.id in chosen or field.parent_id in chosen]
    if not kept:
        raise ArgumentError("no column is left", ("inputs",))
    return kept


def _changed(fields: Sequence[Field], changes: Sequence[dict[str, Any]]) -> list[Field]:
    by_key = {field.name: field.id for field in reversed(fields)} | {field.id: field.id for field in fields}
    changed = {field.id: field for field in fields}
    for change in changes:
        id = by_key.get(change["id"])
        if id is None:
            continue
        rest = {name: value for name, value in change.items() if name in ("name", "label", "description", "preferred")}
        changed[id] = changed[id].with_(**rest)
    return list(changed.values())


def _objective(fields: Sequence[Field], asked: str | None, inherited: str | None) -> str | None:
    if asked is not None:
        return find(fields, asked, "objective").id
    if inherited is not None and any(field.id == inherited for field in fields):
        return inherited
    return default_objective(fields)
