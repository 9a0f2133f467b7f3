"""Predictions, as BigML has them. Source: BigML.io API documentation, predictions."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from graph.context import Context
from graph.resolvers.prediction import KnownFields, known_fields
from graph.rest.arguments import Argument, an_object, anything, only_checked, require
from graph.rest.bigml.fields import described
from graph.rest.bigml.listing import numbers
from graph.rest.bigml.listing import text as texts
from graph.rest.bigml.noun import Noun, Seen
from graph.rest.bigml.problem import unsupported
from graph.rest.bigml.resource import COLUMNS, COMPUTED, CONSTANTS, CREATE, PROPERTIES, UPDATE
from graph.rest.bigml.scoring import OPTIONS, OPTIONS_SAID
from graph.rest.bigml.wire import dumps, reference
from graph.rest.dialect import Document
from graph.rest.shape import ABSENT, Compute
from graph.spec import Values
from graph.types.prediction import SPEC
from ml.decimals import integral

MODELS_KEPT = 256
"""How many models' fields are kept as JSON."""

OBJECTIVE_TYPES = {"classification": "categorical", "regression": "numeric"}


def _complete(values: Values, document: Document) -> Values:
    require(document, "model")
    return {"input_data": {}, **values}


async def _fields(context: Context, seen: Seen) -> Any:
    return await known_fields(context, seen.row.model_id)


@lru_cache(maxsize=MODELS_KEPT)
def _described(known: KnownFields) -> orjson.Fragment:
    """The fields of a model as JSON: the same for all its predictions, however many fields it has."""
    return orjson.Fragment(dumps({field["id"]: described(field) for field in known.descriptors}))


def _output(seen: Seen) -> Any:
    row = seen.row
    return row.output if row.value is None else integral(row.value)


def _score(name: str) -> Compute[Seen]:
    def find(seen: Seen) -> Any:
        value = getattr(seen.row, name)
        return ABSENT if value is None else integral(value)

    return find


def _scores(name: str) -> Compute[Seen]:
    def find(seen: Seen) -> Any:
        if seen.row.task != "classification":
            return ABSENT
        return [[label, integral(score)] for label, score in seen.row.details.get(name, ())]

    return find


def _path(seen: Seen) -> Any:
    """The way through the tree and the node at its end; absent for models of many trees."""
    node = seen.row.details.get("node")
    if not node:
        return ABSENT
    return {"path": list(seen.row.details.get("path", ())), **{name: node[name] for name in NODE if name in node}}


NODE = ("node_id", "count", "confidence", "objective_summary", "next_predicates")

SCORES: Mapping[str, Compute[Seen]] = {
    "confidence": _score("confidence"),
    "probability": _score("probability"),
    "confidences": _scores("confidences"),
    "probabilities": _scores("probabilities"),
}

PREDICTION = Noun(
    spec=SPEC,
    columns={
        **COLUMNS,
        "model": "model_id",
        "dataset": "dataset_id",
        "source": "source_id",
        "input_data": "input_data",
        "objective_field": "objective_id",
        "objective_field_name": "objective_name",
        "task": "task",
    },
    computed={
        **COMPUTED,
        **SCORES,
        **OPTIONS_SAID,
        "operating_kind": lambda seen: seen.row.options.get("kind"),
        "output": _output,
        "prediction": lambda seen: {seen.row.objective_id: _output(seen)},
        "objective_fields": lambda seen: [seen.row.objective_id],
        "objective_field_type": lambda seen: OBJECTIVE_TYPES.get(seen.row.task or ""),
        "fields": lambda seen: {} if seen.content is None else _described(seen.content),
        "prediction_path": _path,
        "model_status": lambda seen: seen.code == 201 or seen.is_there(seen.row.model_id),
        "dataset_status": lambda seen: ABSENT if seen.code == 201 else seen.is_there(seen.row.dataset_id),
        "source_status": lambda seen: ABSENT if seen.code == 201 else seen.is_there(seen.row.source_id),
    },
    constants={
        **CONSTANTS,
        "locale": "en_US",
        "ensemble": "",
        "number_of_models": 1,
    },
    heavy=frozenset(
        {
            "fields",
            "prediction_path",
            "model_status",
            "dataset_status",
            "source_status",
            "probabilities",
            "confidences",
        }
    ),
    create={
        **CREATE,
        **OPTIONS,
        "model": Argument(reference("model"), "model_id", "The model that predicts."),
        "ensemble": Argument(unsupported(), description="Not supported."),
        "input_data": Argument(an_object, "input_data", "The values of a row, by field ids or names."),
        "median": Argument(unsupported(), description="Not supported."),
        **{
            name: Argument(only_checked(anything), description="Not used.")
            for name in ("explain", "vote_count", "vote_counts")
        },
    },
    update=UPDATE,
    complete_create=_complete,
    properties={
        **PROPERTIES,
        "model": texts("model_id"),
        "dataset": texts("dataset_id"),
        "source": texts("source_id"),
        "objective_field": texts("objective_id"),
        "prediction": texts("output"),
        "output": texts("output"),
        "confidence": numbers("confidence"),
        "probability": numbers("probability"),
    },
    mentioned=lambda row: [row.model_id, row.dataset_id, row.source_id],
    load=_fields,
    is_sure_when_new=True,
)
