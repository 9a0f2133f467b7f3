"""Reading a source: fetched when it lives elsewhere, then looked at."""

from pathlib import Path
from typing import Any

from graph.addresses import Downloaded, download
from graph.jobs.worker import WorkContext
from ml.errors import ArgumentError, DataError
from ml.fields import ItemAnalysis, TermAnalysis, TokenMode
from ml.reading import ParserOptions, inspect
from models.errors import ResourceError


def read(context: WorkContext) -> dict[str, Any]:
    """The reading of a source: parser, fields, format, and the bytes when they were fetched."""
    arguments = context.arguments
    if arguments["components"]:
        return {"values": _composite(arguments)}
    files: dict[str, str] = {}
    path, file_name, content_type = arguments["path"], arguments["file_name"], ""
    if path is None:
        fetched = _fetch(context)
        path, files = str(context.directory / "content"), {"content": "content"}
        file_name, content_type = file_name or fetched.file_name, fetched.content_type
    terms, items = arguments.get("term_analysis"), arguments.get("item_analysis")
    try:
        found = inspect(
            Path(path),
            file_name=file_name,
            options=ParserOptions.from_dict(arguments["parser"]),
            disable_datetime=arguments["is_datetime_disabled"],
            term_analysis=None if terms is None else _term_analysis(terms),
            item_analysis=None if items is None else ItemAnalysis(**items),
        )
    except ArgumentError as problem:
        known = problem.path[:1] and problem.path[0] in arguments["parser"]
        raise ArgumentError(str(problem), ("parser", *problem.path) if known else problem.path) from problem
    values = {
        "file_name": file_name,
        "format": str(found.format),
        "content_type": found.content_type or content_type,
        "charset": found.charset,
        "parser": found.options.to_dict(),
        "fields": [field.to_dict() for field in found.fields],
    }
    return {"values": values, "files": files}


def _fetch(context: WorkContext) -> Downloaded:
    certificate = context.arguments["certificate"]
    try:
        return download(
            context.arguments["url"],
            context.directory / "content",
            progress=lambda done, total: context.progress(done / total / 2 if total else 0.0),
            certificate=None if certificate is None else Path(certificate),
            **context.arguments["fetching"],
        )
    except ResourceError as problem:
        raise DataError(problem.message, ("url",)) from problem


def _term_analysis(values: dict[str, Any]) -> TermAnalysis:
    return TermAnalysis(**{**values, "token_mode": TokenMode(values.get("token_mode", TokenMode.ALL))})


def _composite(arguments: dict[str, Any]) -> dict[str, Any]:
    """A composite has the columns of its components, which must agree."""
    first, *others = arguments["components"]
    names = [(field["name"], field["optype"]) for field in first["fields"]]
    for index, other in enumerate(others, start=1):
        if [(field["name"], field["optype"]) for field in other["fields"]] != names:
            raise DataError(f"component {index + 1} has other columns than the first", ("component_ids", str(index)))
    return {
        "file_name": arguments["file_name"],
        "format": "composite",
        "content_type": "",
        "charset": "",
        "size": sum(component["size"] for component in arguments["components"]),
        "parser": first["parser"],
        "fields": first["fields"],
    }
