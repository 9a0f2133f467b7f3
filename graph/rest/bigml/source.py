"""Sources, as BigML has them. Source: BigML.io API documentation, sources.

Images, external data and the rows of composite sources cannot be given: those arguments are refused.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from starlette.responses import Response

from graph.resolvers import resource as resolvers
from graph.resolvers.counting import Made
from graph.resolvers.source import shown_url
from graph.rest.arguments import Argument, Path, an_object, boolean, exactly_one, list_of, only_checked, require, text
from graph.rest.bigml.fields import field_map, field_types, read_changes, read_item_analysis, read_term_analysis
from graph.rest.bigml.listing import constant, statement
from graph.rest.bigml.listing import text as texts
from graph.rest.bigml.manner import MANNER, in_scope
from graph.rest.bigml.noun import Noun, Seen, made_numbers
from graph.rest.bigml.problem import Unsupported, unsupported
from graph.rest.bigml.resource import COLUMNS, COMPUTED, CONSTANTS, CREATE, PROPERTIES, UPDATE
from graph.rest.bigml.sharing import cloning
from graph.rest.bigml.upload import read_upload
from graph.rest.bigml.wire import DIGITS, BadId, flag, full_id, pure
from graph.rest.crud import delete, update
from graph.rest.dialect import Call, Document
from graph.rest.multipart import is_form
from graph.rest.shape import ABSENT, Shape
from graph.spec import Values
from graph.types.source import SPEC
from ml.fields import MISSING_TOKENS
from models.dataset import Dataset
from models.errors import InvalidInput
from models.model import Model
from models.prediction import Prediction
from models.query import Operator, Where

ORIGINS = ("file", "remote", "data", "sources", "origin", "shared_hash", "external_data")
SCHEMES = ("http://", "https://")
UPLOADED = ("stored", "file_name", "content_type")
"""What the reader of an uploaded form adds to its texts."""
PARSER = ("header", "separator", "quote", "locale", "missing_tokens", "trim")


def read_remote(value: Any, path: Path) -> str:
    """The address of a remote file."""
    url = text(value, path)
    if not url.startswith(SCHEMES):
        raise InvalidInput("must begin with http:// or https://", path)
    return url


def read_data(value: Any, path: Path) -> str:
    """Inline data: text, or the rows themselves."""
    return orjson.dumps(value).decode() if isinstance(value, list) else text(value, path)


def read_component(value: Any, path: Path) -> str:
    """The id of a source, with or without its type."""
    digits = value.removeprefix("source/") if isinstance(value, str) else ""
    if not DIGITS.fullmatch(digits):
        raise BadId("must be the id of a source", path)
    return f"source/{digits}"


def read_parser(value: Any, path: Path) -> Values:
    """How the text is read; members that are not known here are passed over."""
    given = an_object(value, path)
    return {name: given[name] for name in PARSER if given.get(name) is not None}


def _complete(values: Values, document: Document) -> Values:
    if exactly_one({**document, "file": document.get("stored")}, ORIGINS) == "external_data":
        raise Unsupported("is not supported here", ("external_data",))
    return {**values, **{name: document[name] for name in UPLOADED if name in document}}


READING = {
    "source_parser": Argument(read_parser, "parser", "How the text is read."),
    "disable_datetime": Argument(boolean, "is_datetime_disabled", "Whether dates and times stay plain text."),
    "user_metadata": Argument(an_object, "custom", "Whatever the owner wants to keep with it."),
}


def _parser(seen: Seen) -> Document:
    known = seen.row.parser
    return {
        "header": known.get("header"),
        "separator": known.get("separator"),
        "quote": known.get("quote"),
        "locale": known.get("locale") or "en_US",
        "missing_tokens": list(MISSING_TOKENS if known.get("missing_tokens") is None else known["missing_tokens"]),
        "trim": known.get("trim", True),
    }


MADE: Mapping[str, Made] = {
    "number_of_datasets": Made(Dataset, "source_id"),
    "number_of_models": Made(Model, "source_id"),
    "number_of_predictions": Made(Prediction, "model_id", through=(Model, "source_id")),
}

SOURCE = Noun(
    spec=SPEC,
    columns={
        **COLUMNS,
        "file_name": "file_name",
        "content_type": "content_type",
        "charset": "charset",
        "md5": "md5",
        "closed": "is_closed",
        "disable_datetime": "is_datetime_disabled",
    },
    computed={
        **COMPUTED,
        "fields": lambda seen: field_map(seen.row.fields, seen.page),
        "fields_meta": lambda seen: seen.page.meta(seen.row.fields),
        "field_types": lambda seen: field_types(seen.row.fields),
        "source_parser": _parser,
        "sources": lambda seen: [pure(id) for id in seen.row.component_ids] if seen.row.component_ids else ABSENT,
        "remote": lambda seen: shown_url(seen.row.remote_url) or ABSENT,
        "user_metadata": lambda seen: seen.row.custom,
        **made_numbers(MADE),
    },
    constants={
        **CONSTANTS,
    },
    heavy=frozenset({"fields", "fields_meta", "field_types", *MADE}),
    create={
        **CREATE,
        **READING,
        "remote": Argument(read_remote, "url", "The address of a file."),
        "data": Argument(read_data, "data", "The table itself, as CSV or as JSON."),
        "sources": Argument(list_of(read_component), "component_ids", "Sources of equal structure to put together."),
        "external_data": Argument(unsupported(), description="Not supported."),
        **cloning("source"),
        "term_analysis": Argument(read_term_analysis, "term_analysis", "How text is cut into terms."),
        "item_analysis": Argument(read_item_analysis, "item_analysis", "How cells are cut into items."),
        "image_analysis": Argument(only_checked(an_object), description="Not used."),
    },
    update={
        **UPDATE,
        **READING,
        "fields": Argument(read_changes, "fields", "Changes of single fields, by their ids or names."),
        "sources": Argument(list_of(read_component), "component_ids", "The sources that it puts together."),
        "new_fields": Argument(unsupported(), description="Not supported."),
        "row_values": Argument(unsupported(), description="Not supported."),
    },
    complete_create=_complete,
    properties={
        **PROPERTIES,
        "content_type": texts("content_type"),
        "file_name": texts("file_name"),
        "md5": texts("md5"),
        "closed": statement(Where("is_closed", Operator.EQ, True), "is_closed"),
        "type": constant(0),
    },
    made=MADE,
)


def _complete_composite(values: Values, document: Document) -> Values:
    require(document, "sources")
    return _complete(values, document)


COMPOSITE = replace(
    SOURCE, scope=Where("component_ids", Operator.CONTAINS, "source/"), complete_create=_complete_composite
)
"""Sources that put others together, which BigML also has an address of their own for."""

COMPONENT_CHANGES = ("add_sources", "remove_sources", "delete_sources")


async def _document(call: Call, shape: Shape[Seen]) -> Document:
    if not is_form(call.request):
        return await MANNER.document(call, shape)
    return in_scope(call, await read_upload(call, shape.create))


async def _change(call: Call, shape: Shape[Seen]) -> Document:
    """What an update says, with changes of the list of components as the list that they lead to."""
    document = await call.document()
    given = {name: list_of(read_component)(document[name], (name,)) for name in COMPONENT_CHANGES if document.get(name)}
    if not given:
        return document
    if document.get("sources") is not None:
        raise InvalidInput(f"cannot be given together with {next(iter(given))}", ("sources",))
    row = await resolvers.require(call.context, shape.spec, full_id(shape.kind, call.path["id"]))
    gone = {*given.get("remove_sources", ()), *given.get("delete_sources", ())}
    kept = [id for id in [*row.component_ids, *given.get("add_sources", ())] if id not in gone]
    return {**document, "sources": kept}


SOURCE_MANNER = replace(MANNER, document=_document, change=_change)


async def update_source(call: Call) -> Response:
    """Changes a source. With `delete_sources`, these sources also cease to exist."""
    response = await update(SOURCE_MANNER, SOURCE)(call)
    for each in (await call.document()).get("delete_sources") or ():
        await resolvers.delete(call.context, SOURCE.spec, read_component(each, ("delete_sources",)))
    return response


async def delete_source(call: Call) -> Response:
    """Deletes a source. With `delete_all=true`, the sources that it puts together go with it."""
    id = full_id(SOURCE.kind, call.path["id"])
    components: list[str] = []
    if flag(call.query, "delete_all", default=False):
        components = (await resolvers.require(call.context, SOURCE.spec, id)).component_ids
    response = await delete(SOURCE_MANNER, SOURCE)(call)
    for component in components:
        if await resolvers.get(call.context, SOURCE.spec, component) is not None:
            await resolvers.delete(call.context, SOURCE.spec, component)
    return response
