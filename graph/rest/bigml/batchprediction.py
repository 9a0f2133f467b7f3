"""Batch predictions, as BigML has them. Source: BigML.io API documentation, batch predictions."""

from collections.abc import Mapping
from typing import Any

from graph.rest.arguments import (
    Argument,
    Path,
    Reader,
    an_object,
    anything,
    boolean,
    list_of,
    one_of,
    only_checked,
    require,
    text,
)
from graph.rest.bigml.listing import integers
from graph.rest.bigml.listing import text as texts
from graph.rest.bigml.noun import Noun, Seen
from graph.rest.bigml.problem import unsupported
from graph.rest.bigml.resource import COLUMNS, COMPUTED, CONSTANTS, CREATE, PROPERTIES, UPDATE
from graph.rest.bigml.scoring import OPTIONS, OPTIONS_SAID
from graph.rest.bigml.wire import reference
from graph.rest.dialect import Document
from graph.rest.shape import Compute
from graph.spec import Values
from graph.types.batch_prediction import SPEC
from models.errors import InvalidInput


def read_separator(value: Any, path: Path) -> str:
    """One character, and none that ends a line or encloses a cell."""
    found = text(value, path)
    if len(found) != 1 or found in '\r\n"':
        raise InvalidInput("must be one character", path)
    return found


OUTPUT: Mapping[str, tuple[Reader, Any]] = {
    "header": (boolean, True),
    "all_fields": (boolean, False),
    "output_fields": (list_of(text), []),
    "separator": (read_separator, ","),
    "newline": (one_of({"LF": "LF", "CRLF": "CRLF", "lf": "LF", "crlf": "CRLF"}), "LF"),
    "confidence": (boolean, False),
    "probability": (boolean, False),
    "confidences": (boolean, False),
    "probabilities": (boolean, False),
    "prediction_name": (text, None),
    "confidence_name": (text, "confidence"),
    "probability_name": (text, "probability"),
}
"""What is written and how, with what documents repeat when it is not given."""

UNUSED = (
    "votes", "vote_count", "vote_counts", "node_id", "positive_class", "negative_class", "probability_threshold",
    "confidence_threshold", "default_numeric_value",
)  # fmt: skip
"""Arguments that are about models which are not there yet."""


def _complete(values: Values, document: Document) -> Values:
    require(document, "model", "dataset")
    return values


def _said(name: str, default: Any) -> Compute[Seen]:
    return lambda seen: seen.row.options.get("output", {}).get(name, default)


def _prediction_name(seen: Seen) -> Any:
    model = seen.parent(seen.row.model_id)
    return seen.row.options.get("output", {}).get("prediction_name") or (model and model.objective_name)


def _output_fields(seen: Seen) -> list[str]:
    """What was named, by ids."""
    dataset = seen.parent(seen.row.dataset_id)
    by_name = {} if dataset is None else {field["name"]: field["id"] for field in reversed(dataset.fields)}
    known = set(by_name.values())
    given = seen.row.options.get("output", {}).get("output_fields", [])
    return [each if each in known else by_name.get(each, each) for each in given]


BATCH_PREDICTION = Noun(
    spec=SPEC,
    columns={
        **COLUMNS,
        "model": "model_id",
        "dataset": "dataset_id",
        "fields_map": "fields_map",
        "rows": "row_count",
        "output_dataset_resource": "output_dataset_id",
    },
    computed={
        **COMPUTED,
        **OPTIONS_SAID,
        **{name: _said(name, default) for name, (_, default) in OUTPUT.items()},
        "prediction_name": _prediction_name,
        "output_fields": _output_fields,
        "output_dataset": lambda seen: seen.row.options.get("output_dataset", False),
        "output_dataset_status": lambda seen: seen.is_there(seen.row.output_dataset_id),
        "objective_field": lambda seen: getattr(seen.parent(seen.row.model_id), "objective_id", None),
        "objective_fields": lambda seen: [
            id for id in [getattr(seen.parent(seen.row.model_id), "objective_id", None)] if id is not None
        ],
        "model_status": lambda seen: seen.parent(seen.row.model_id) is not None,
        "dataset_status": lambda seen: seen.parent(seen.row.dataset_id) is not None,
    },
    constants={
        **CONSTANTS,
        "locale": "en_US",
        "ensemble": "",
        "number_of_models": 1,
    },
    heavy=frozenset(
        {
            "output_fields",
            "prediction_name",
            "output_dataset_status",
            "objective_field",
            "objective_fields",
            "model_status",
            "dataset_status",
        }
    ),
    create={
        **CREATE,
        **OPTIONS,
        "model": Argument(reference("model"), "model_id", "The model that predicts."),
        "ensemble": Argument(unsupported(), description="Not supported."),
        "dataset": Argument(reference("dataset"), "dataset_id", "The dataset whose rows are predicted."),
        "fields_map": Argument(an_object, "fields_map", "Field ids of the dataset by field ids of the model."),
        "output_dataset": Argument(boolean, "output_dataset", "Whether the result also becomes a dataset."),
        **{name: Argument(read, f"output.{name}", "What is written, and how.") for name, (read, _) in OUTPUT.items()},
        **{name: Argument(only_checked(anything), description="Not used.") for name in UNUSED},
    },
    update=UPDATE,
    complete_create=_complete,
    properties={
        **PROPERTIES,
        "model": texts("model_id"),
        "dataset": texts("dataset_id"),
        "rows": integers("row_count"),
    },
    parents=lambda row: [row.model_id, row.dataset_id],
    mentioned=lambda row: [row.output_dataset_id],
)
