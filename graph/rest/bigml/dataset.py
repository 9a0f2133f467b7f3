"""Datasets, as BigML has them. Source: BigML.io API documentation, datasets.

Computed fields, joins and datasets of clusters cannot be made: those arguments are refused.
"""

from collections.abc import Mapping
from typing import Any

from graph.context import Context
from graph.resolvers import reading
from graph.resolvers.counting import Made
from graph.rest.arguments import (
    Argument,
    Path,
    an_object,
    anything,
    boolean,
    exactly_one,
    list_of,
    only_checked,
    text,
    whole,
)
from graph.rest.bigml.fields import described, field_map, field_types, read_changes, read_objective
from graph.rest.bigml.listing import integers
from graph.rest.bigml.listing import text as texts
from graph.rest.bigml.noun import Noun, Seen, made_numbers
from graph.rest.bigml.problem import Unsupported, unsupported
from graph.rest.bigml.resource import COLUMNS, COMPUTED, CONSTANTS, CREATE, PROPERTIES, SHARE, UPDATE
from graph.rest.bigml.sampling import ORIGIN_MEMBERS, PLURALS, ROWS, SAID, read_parents
from graph.rest.bigml.sharing import cloning
from graph.rest.bigml.status import status_of
from graph.rest.bigml.wire import reference
from graph.rest.dialect import Document
from graph.rest.shape import ABSENT
from graph.spec import Values
from graph.types.dataset import SPEC
from ml.fields import MISSING_TOKENS
from models.batch_prediction import BatchPrediction
from models.errors import InvalidInput
from models.evaluation import Evaluation
from models.model import Model
from models.prediction import Prediction
from models.resource import State

ORIGINS = ("source", "origin_dataset", "origin_datasets", "cluster", "origin", "shared_hash")
"""Of these exactly one is given."""

read_dataset = reference("dataset")


def read_origin(value: Any, path: Path) -> tuple[str, Document]:
    """A dataset to take rows from: its id, or an object with its `id` and which rows."""
    if not isinstance(value, dict):
        return read_dataset(value, path), {}
    given = an_object(value, path)
    return read_dataset(given.get("id"), (*path, "id")), {name: given[name] for name in ORIGIN_MEMBERS if name in given}


def _complete(values: Values, document: Document) -> Values:
    origin = exactly_one(document, ORIGINS)
    if origin == "cluster":
        raise Unsupported("is not supported here", ("cluster",))
    if document.get("all_fields") is False and not document.get("all_but"):
        raise InvalidInput("must be true unless all_but is given", ("all_fields",))
    if origin in ("origin_dataset", "origin_datasets"):
        given = values.pop("origins")
        if not given:
            raise InvalidInput("must name at least one dataset", (origin,))
        values["parents"] = read_parents(given, document, origin)
    return values


async def _summaries(context: Context, seen: Seen) -> Any:
    wanted = "summary" not in seen.page.without and bool(seen.page.select(seen.row.fields))
    return await reading.summaries(context, seen.row) if wanted else {}


def _field(seen: Seen, id: str | None) -> Document:
    for field in seen.row.fields:
        if field["id"] == id:
            return {"id": id, **described(field)}
    return {}


def _status(seen: Seen) -> Document:
    row = seen.row
    status = status_of(row, seen.job)
    if row.state is not State.FINISHED:
        return status
    return {
        **status,
        "bytes": row.size,
        "serialized_rows": row.row_count,
        "row_format_errors": {"total": row.row_format_errors},
        "field_errors": row.field_errors,
    }


def _said_of_parents(plural: str) -> Any:
    ours = ROWS[PLURALS[plural]].to.removeprefix("sampling.")

    def find(seen: Seen) -> Any:
        found = {
            parent["id"]: parent[ours]
            for parent in seen.row.arguments.get("parents", ())
            if parent.get(ours) is not None
        }
        return found or ABSENT

    return find


def _excluded(seen: Seen) -> list[str]:
    """The ids of what was left out, as far as the parent still knows them."""
    given = seen.row.arguments.get("excluded", [])
    parent = seen.parent(seen.row.parent_ids[0] if seen.row.parent_ids else seen.row.source_id)
    by_name = {} if parent is None else {field["name"]: field["id"] for field in reversed(parent.fields)}
    known = set(by_name.values())
    return [each if each in known else by_name.get(each, each) for each in given]


def _missing_tokens(seen: Seen) -> list[str]:
    found = next((field["missing_tokens"] for field in seen.row.fields if field["missing_tokens"] is not None), None)
    return list(MISSING_TOKENS if found is None else found)


def _locale(seen: Seen) -> str:
    return next((field["locale"] for field in seen.row.fields if field["locale"]), "en_US")


MADE: Mapping[str, Made] = {
    "number_of_models": Made(Model, "dataset_id"),
    "number_of_predictions": Made(Prediction, "model_id", through=(Model, "dataset_id")),
    "number_of_evaluations": Made(Evaluation, "dataset_id"),
    "number_of_batchpredictions": Made(BatchPrediction, "dataset_id"),
}
UNMADE = (
    "number_of_ensembles", "number_of_clusters", "number_of_anomalies", "number_of_centroids",
    "number_of_anomalyscores", "number_of_batchcentroids", "number_of_batchanomalyscores", "number_of_correlations",
    "number_of_statisticaltests",
)  # fmt: skip
"""Counters of types that are not there yet."""

DOWNLOAD = {
    "code": 0,
    "decimal_separator": ".",
    "excluded_input_fields": [],
    "header": True,
    "input_fields": [],
    "message": "",
    "new_line": "lf",
    "preview": [],
    "separator": ",",
}

DATASET = Noun(
    spec=SPEC,
    columns={**COLUMNS, "rows": "row_count", "columns": "column_count", "source": "source_id"},
    computed={
        **COMPUTED,
        **SAID,
        "status": _status,
        "fields": lambda seen: field_map(seen.row.fields, seen.page, seen.content or {}),
        "fields_meta": lambda seen: {
            **seen.page.meta(seen.row.fields),
            "effective_fields": len(seen.row.fields),
            "preferred": sum(field["preferred"] for field in seen.row.fields),
        },
        "field_types": lambda seen: field_types(seen.row.fields),
        "dataset_field_types": lambda seen: field_types(seen.row.fields),
        "input_fields": lambda seen: [field["id"] for field in seen.row.fields],
        "excluded_fields": _excluded,
        "objective_field": lambda seen: _field(seen, seen.row.objective_id),
        "origin_dataset": lambda seen: seen.row.parent_ids[0] if len(seen.row.parent_ids) == 1 else ABSENT,
        "origin_datasets": lambda seen: seen.row.parent_ids or ABSENT,
        "source_status": lambda seen: seen.is_there(seen.row.source_id),
        "dataset_origin_status": lambda seen: all(seen.is_there(id) for id in seen.row.parent_ids),
        "missing_tokens": _missing_tokens,
        "locale": _locale,
        "lisp_filter": lambda seen: seen.row.arguments.get("lisp_filter", ABSENT),
        "json_filter": lambda seen: seen.row.arguments.get("json_filter", ABSENT),
        **{plural: _said_of_parents(plural) for plural in PLURALS},
        **made_numbers(MADE),
    },
    constants={
        **CONSTANTS,
        **dict.fromkeys(UNMADE, 0),
        "cluster": None,
        "cluster_status": False,
        "centroid": None,
        "all_fields": True,
        "new_fields": [],
        "output_fields": [],
        "juxtapose": False,
        "row_offset": 0,
        "row_step": 1,
        "term_limit": 1000,
        "refresh_field_types": False,
        "refresh_objective": False,
        "refresh_preferred": False,
        "download": DOWNLOAD,
    },
    heavy=frozenset(
        {
            "fields",
            "fields_meta",
            "field_types",
            "input_fields",
            "excluded_fields",
            "download",
            "source_status",
            "dataset_origin_status",
            *MADE,
            *UNMADE,
        }
    ),
    create={
        **CREATE,
        **ROWS,
        **cloning("dataset"),
        "source": Argument(reference("source"), "source_id", "The source that it is made from."),
        "origin_dataset": Argument(
            lambda value, path: [read_origin(value, path)], "origins", "The dataset that it takes rows from."
        ),
        "origin_datasets": Argument(list_of(read_origin), "origins", "The datasets that it puts together."),
        "objective_field": Argument(read_objective, "objective", "The field that models learn to predict."),
        "input_fields": Argument(list_of(text), "inputs", "The fields to keep, by id or name."),
        "excluded_fields": Argument(list_of(text), "excluded", "The fields to leave out, by id or name."),
        "all_but": Argument(list_of(text), "excluded", "The fields to leave out, by id or name."),
        "all_fields": Argument(only_checked(boolean), description="Whether fields are kept that are not named."),
        "fields": Argument(read_changes, "fields", "Changes of single fields, by their ids or names."),
        "lisp_filter": Argument(text, "lisp_filter", "Which rows to keep, as an s-expression."),
        "json_filter": Argument(anything, "json_filter", "Which rows to keep, as nested lists."),
        "size": Argument(whole(low=1), "size_limit", "How many bytes of the source to use, from its beginning."),
        **{
            plural: Argument(only_checked(an_object), description=f"The {singular} for each dataset, by its id.")
            for plural, singular in PLURALS.items()
        },
        **{
            name: Argument(unsupported(), description="Not supported.")
            for name in (
                "new_fields",
                "juxtapose",
                "sql_query",
                "sql_output_fields",
                "json_query",
                "row_offset",
                "refresh_field_types",
                "refresh_objective",
                "refresh_preferred",
            )
        },
        "row_step": Argument(unsupported(1), description="Not supported."),
        "term_limit": Argument(only_checked(whole(low=1)), description="Not used."),
    },
    update={
        **UPDATE,
        **SHARE,
        "fields": Argument(read_changes, "fields", "Changes of single fields, by their ids or names."),
        "objective_field": Argument(read_objective, "objective", "The field that models learn to predict."),
    },
    complete_create=_complete,
    properties={
        **PROPERTIES,
        "rows": integers("row_count"),
        "columns": integers("column_count"),
        "source": texts("source_id"),
    },
    parents=lambda row: [*row.parent_ids[:1], row.source_id] if "excluded" in row.arguments else [],
    mentioned=lambda row: [row.source_id, *row.parent_ids],
    made=MADE,
    load=_summaries,
    is_large=True,
)
