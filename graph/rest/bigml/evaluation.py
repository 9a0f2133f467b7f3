"""Evaluations, as BigML has them. Source: BigML.io API documentation, evaluations."""

from typing import Any

from graph.context import Context
from graph.resolvers import reading
from graph.rest.arguments import Argument, an_object, require
from graph.rest.bigml.fields import described
from graph.rest.bigml.listing import integers, numbers
from graph.rest.bigml.listing import text as texts
from graph.rest.bigml.noun import Noun, Seen
from graph.rest.bigml.problem import unsupported
from graph.rest.bigml.resource import COLUMNS, COMPUTED, CONSTANTS, CREATE, PROPERTIES, UPDATE
from graph.rest.bigml.sampling import ROWS, SAID
from graph.rest.bigml.scoring import OPTIONS, OPTIONS_SAID
from graph.rest.bigml.wire import reference
from graph.rest.dialect import Document
from graph.rest.shape import ABSENT
from graph.spec import Values
from graph.types.evaluation import SPEC
from ml.decimals import plain, plain_numbers


def _complete(values: Values, document: Document) -> Values:
    require(document, "model", "dataset")
    return values


async def _figures(context: Context, seen: Seen) -> Any:
    return await reading.document(context, seen.row.result)


def _objective(seen: Seen) -> Any:
    """The field of the dataset that the predictions are compared with; None once it cannot be known."""
    model, dataset = seen.parent(seen.row.model_id), seen.parent(seen.row.dataset_id)
    if model is None or dataset is None or model.objective_id is None:
        return None
    id = seen.row.fields_map.get(model.objective_id, model.objective_id)
    return next((field for field in dataset.fields if field["id"] == id), None)


def _descriptors(seen: Seen) -> Document:
    field = _objective(seen)
    return {} if field is None else {field["id"]: described(field)}


def _names(seen: Seen) -> list[str]:
    field = _objective(seen)
    return [] if field is None else [field["name"]]


def _max_rows(seen: Seen) -> int:
    dataset = seen.parent(seen.row.dataset_id)
    rows: int = seen.row.row_count if dataset is None else dataset.row_count
    return rows


EVALUATION = Noun(
    spec=SPEC,
    columns={
        **COLUMNS,
        "model": "model_id",
        "dataset": "dataset_id",
        "fields_map": "fields_map",
        "rows": "row_count",
        "sampled_rows": "row_count",
    },
    computed={
        **COMPUTED,
        **SAID,
        **OPTIONS_SAID,
        "result": lambda seen: ABSENT if seen.content is None else plain_numbers(seen.content),
        "performance": lambda seen: None if seen.row.performance is None else plain(seen.row.performance),
        "max_rows": _max_rows,
        "objective_fields": lambda seen: list(_descriptors(seen)),
        "objective_fields_names": _names,
        "objective_field_descriptors": _descriptors,
        "model_status": lambda seen: seen.parent(seen.row.model_id) is not None,
        "dataset_status": lambda seen: seen.parent(seen.row.dataset_id) is not None,
    },
    constants={
        **CONSTANTS,
        "locale": "en_US",
        "ensemble": "",
        "datasets": [],
        "boosted_ensemble": False,
        "model_type": 0,
        "number_of_models": 1,
        "input_fields": [],
        "excluded_fields": [],
    },
    heavy=frozenset(
        {
            "result",
            "max_rows",
            "objective_fields",
            "objective_fields_names",
            "objective_field_descriptors",
            "model_status",
            "dataset_status",
        }
    ),
    create={
        **CREATE,
        **OPTIONS,
        **ROWS,
        "model": Argument(reference("model"), "model_id", "The model that is measured."),
        "ensemble": Argument(unsupported(), description="Not supported."),
        "dataset": Argument(reference("dataset"), "dataset_id", "The dataset whose answers are known."),
        "fields_map": Argument(an_object, "fields_map", "Field ids of the dataset by field ids of the model."),
    },
    update=UPDATE,
    complete_create=_complete,
    properties={
        **PROPERTIES,
        "model": texts("model_id"),
        "dataset": texts("dataset_id"),
        "rows": integers("row_count"),
        "performance": numbers("performance"),
    },
    parents=lambda row: [row.model_id, row.dataset_id],
    load=_figures,
    is_large=True,
)
