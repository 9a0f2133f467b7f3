"""Models, as BigML has them: decision trees, as white boxes. Source: BigML.io API documentation, models.

A model that CatBoost trained, which only other interfaces can ask for, is shown as well: with its envelope, its fields
and their importance, but without a `root`, as there is not one tree to show. Clients that predict by its id are
answered; clients that want to predict locally are told by the missing root that they cannot.
"""

from collections.abc import Mapping
from typing import Any

from graph.context import Context
from graph.resolvers import reading
from graph.resolvers.counting import Made
from graph.rest.arguments import (
    Argument,
    Arguments,
    Path,
    Reader,
    anything,
    boolean,
    exactly_one,
    list_of,
    number,
    one_of,
    only_checked,
    text,
    whole,
)
from graph.rest.bigml.fields import OPTYPES, Descriptor, FieldPage, described, field_map, field_types, read_objective
from graph.rest.bigml.listing import integers
from graph.rest.bigml.listing import text as texts
from graph.rest.bigml.noun import Noun, Seen, made_numbers
from graph.rest.bigml.problem import Unsupported
from graph.rest.bigml.resource import COLUMNS, COMPUTED, CONSTANTS, CREATE, PROPERTIES, SHARE, UPDATE
from graph.rest.bigml.sampling import PLURALS, ROWS, SAID, read_parents
from graph.rest.bigml.sharing import cloning
from graph.rest.bigml.wire import reference
from graph.rest.dialect import Document
from graph.rest.shape import ABSENT, Compute
from graph.spec import Values
from graph.types.model import SPEC
from ml.trees.export import bigml_model
from ml.trees.parameters import TreeParameters
from models.batch_prediction import BatchPrediction
from models.errors import InvalidInput
from models.evaluation import Evaluation
from models.prediction import Prediction

ORIGINS = ("dataset", "datasets", "cluster", "origin", "shared_hash")
"""Of these exactly one is given."""

OBJECTIVE_TYPES = {"classification": "categorical", "regression": "numeric"}

GROWING: Mapping[str, Reader] = {
    "missing_splits": boolean,
    "node_threshold": whole(low=1),
    "depth_threshold": whole(low=0),
    "stat_pruning": boolean,
    "selective_pruning": boolean,
    "support_threshold": number(low=0, high=1),
    "split_candidates": whole(low=1, high=1024),
    "balance_objective": boolean,
    "weight_field": text,
    "default_numeric_value": one_of({word: word for word in ("mean", "median", "minimum", "maximum", "zero")}),
    "randomize": boolean,
    "random_candidates": whole(low=1),
    "random_candidate_ratio": number(above=0, high=1),
    "ordering": one_of({0: 0, 1: 1, 2: 2}),
}
"""How a tree is grown: arguments whose names are also ours."""

REPEATED: Mapping[str, tuple[Reader, Any]] = {
    "optimize": (boolean, False),
    "max_training_time": (whole(low=1), 1800),
    "number_of_model_candidates": (whole(low=1), 128),
    "split_field": (text, None),
    "focus_field": (text, None),
}
"""Arguments that change nothing here and are only repeated, with what is repeated when they are not given."""


def read_weights(value: Any, path: Path) -> list[Values]:
    """The weights of classes: `[[class, weight], …]`."""
    pairs = list_of(list_of(anything, length=2))(value, path)
    return [
        {"class_name": text(pair[0], (*path, index, 0)), "weight": number(low=0)(pair[1], (*path, index, 1))}
        for index, pair in enumerate(pairs)
    ]


def read_objectives(value: Any, path: Path) -> str:
    """The only objective field of a list."""
    return read_objective(list_of(anything, length=1)(value, path)[0], path)


TRAINING: Arguments = {
    **ROWS,
    "objective_field": Argument(read_objective, "objective", "The field to predict, by id or name."),
    "objective_fields": Argument(read_objectives, "objective", "The field to predict, as the only one of a list."),
    "input_fields": Argument(list_of(text), "inputs", "The fields to learn from, by id or name."),
    "excluded_fields": Argument(list_of(text), "excluded", "The fields not to learn from, by id or name."),
    **{
        plural: Argument(only_checked(anything), description=f"The {singular} for each dataset, by its id.")
        for plural, singular in PLURALS.items()
    },
}
"""What is learned from, whatever learns."""


def _complete(values: Values, document: Document) -> Values:
    origin = exactly_one(document, ORIGINS)
    if origin == "cluster":
        raise Unsupported("is not supported here", ("cluster",))
    datasets = values.pop("datasets", None)
    if datasets is not None:
        if not datasets:
            raise InvalidInput("must name at least one dataset", ("datasets",))
        values["parents"] = read_parents([(id, {}) for id in datasets], document, "datasets")
    seed = values.get("sampling", {}).get("seed")
    if seed is not None and origin in ("dataset", "datasets"):
        values.setdefault("decision_tree", {})["seed"] = seed
    return values


async def _inside(context: Context, seen: Seen) -> Any:
    page = seen.page
    if "root" in page.without and page.optype and page.optype not in OPTYPES:
        return None
    return await reading.model_document(context, seen.row.content)


def _descriptors(content: Document | None) -> list[Descriptor]:
    """The fields of a stored model: a map by id for trees, a list for boosted ones."""
    fields = (content or {}).get("fields", ())
    return list(fields.values()) if isinstance(fields, dict) else list(fields)


def _model(seen: Seen) -> Document:
    """The inner `model`: a tree with all that predicting with it takes."""
    content, page = seen.content, seen.page
    if content is None:
        return {"fields": {}, "model_fields": {}}
    if "root" not in content:
        return _boosted(content, page)
    found = bigml_model(content)
    shown = [each["id"] for each in page.select(_descriptors(content))]
    fields = {id: found["fields"][id] for id in shown}
    if "summary" in page.without:
        fields = {id: {name: each[name] for name in each if name != "summary"} for id, each in fields.items()}
    hidden = page.without | ({"root", "distribution"} if seen.is_closed_box else frozenset())
    return {name: each for name, each in {**found, "fields": fields}.items() if name not in hidden}


def _boosted(content: Document, page: FieldPage) -> Document:
    fields = _descriptors(content)
    found = {
        "kind": "catboost",
        "fields": field_map(fields, page, {field["id"]: field.get("summary", {}) for field in fields}),
        "model_fields": {field["id"]: described(field) for field in fields},
        "importance": content["importance"],
    }
    return {name: each for name, each in found.items() if name not in page.without}


def _datasets(seen: Seen) -> list[Any]:
    row = seen.row
    return [each for id in (row.dataset_ids or [row.dataset_id]) if (each := seen.parent(id)) is not None]


def _dataset_field_types(seen: Seen) -> Document:
    found = _datasets(seen)
    return field_types(found[0].fields) if found else {}


def _max_rows(seen: Seen) -> int:
    return sum(each.row_count for each in _datasets(seen)) or seen.row.row_count


def _range(seen: Seen) -> list[int]:
    given = SAID["range"](seen)
    return given or [1, _max_rows(seen)]


def _grown(name: str) -> Compute[Seen]:
    default = TreeParameters().to_dict()[name]
    return lambda seen: seen.row.parameters.get(name, default)


def _repeated(name: str, default: Any) -> Compute[Seen]:
    return lambda seen: seen.row.custom.get(name, default)


def _excluded(seen: Seen) -> list[str]:
    """What was named, by ids."""
    by_name = {field["name"]: field["id"] for each in _datasets(seen)[:1] for field in reversed(each.fields)}
    known = set(by_name.values())
    given = seen.row.arguments.get("excluded", [])
    return [each if each in known else by_name.get(each, each) for each in given]


MADE: Mapping[str, Made] = {
    "number_of_predictions": Made(Prediction, "model_id"),
    "number_of_evaluations": Made(Evaluation, "model_id"),
    "number_of_batchpredictions": Made(BatchPrediction, "model_id"),
}

MODEL = Noun(
    spec=SPEC,
    columns={
        **COLUMNS,
        "rows": "row_count",
        "columns": "column_count",
        "max_columns": "column_count",
        "dataset": "dataset_id",
        "source": "source_id",
        "input_fields": "input_ids",
        "importance": "importance",
        "white_box": "is_white_box",
    },
    computed={
        **COMPUTED,
        **SAID,
        "range": _range,
        "max_rows": _max_rows,
        "model": _model,
        "fields_meta": lambda seen: seen.page.meta(_descriptors(seen.content)),
        "objective_field": lambda seen: seen.row.objective_id,
        "objective_fields": lambda seen: [seen.row.objective_id] if seen.row.objective_id else [],
        "objective_field_name": lambda seen: seen.row.objective_name,
        "objective_field_type": lambda seen: OBJECTIVE_TYPES.get(seen.row.task or ""),
        "datasets": lambda seen: seen.row.dataset_ids or ABSENT,
        "dataset_status": lambda seen: bool(_datasets(seen)),
        "source_status": lambda seen: seen.is_there(seen.row.source_id),
        "dataset_field_types": _dataset_field_types,
        "excluded_fields": _excluded,
        **{name: _grown(name) for name in (*GROWING, "objective_weights")},
        **{name: _repeated(name, default) for name, (_, default) in REPEATED.items()},
        **made_numbers(MADE),
    },
    constants={
        **CONSTANTS,
        "locale": "en_US",
        "dataset_type": 0,
        "ensemble": False,
        "ensemble_id": "",
        "ensemble_index": 0,
        "boosted_ensemble": False,
        "boosting": {},
        "cluster": None,
        "cluster_status": False,
        "number_of_public_predictions": 0,
        "credits_per_prediction": 0,
    },
    heavy=frozenset({"model", "fields_meta", "importance", "excluded_fields", "source_status", *MADE}),
    create={
        **CREATE,
        **cloning("model"),
        **TRAINING,
        "dataset": Argument(reference("dataset"), "dataset_id", "The dataset to learn from."),
        "datasets": Argument(list_of(reference("dataset")), "datasets", "The datasets to learn from."),
        **{name: Argument(read, f"decision_tree.{name}", "How the tree is grown.") for name, read in GROWING.items()},
        "objective_weights": Argument(
            read_weights, "decision_tree.objective_weights", "How much the rows of each class count."
        ),
        **{name: Argument(read, f"custom.{name}", "Not used.") for name, (read, _) in REPEATED.items()},
    },
    update={
        **UPDATE,
        **SHARE,
        "white_box": Argument(boolean, "also.white_box", "Whether readers of the public model see its tree."),
    },
    complete_create=_complete,
    properties={
        **PROPERTIES,
        "rows": integers("row_count"),
        "columns": integers("column_count"),
        "max_columns": integers("column_count"),
        "dataset": texts("dataset_id"),
        "source": texts("source_id"),
        "objective_field": texts("objective_id"),
        "objective_field_name": texts("objective_name"),
    },
    parents=lambda row: row.dataset_ids or [row.dataset_id],
    mentioned=lambda row: [row.source_id],
    made=MADE,
    load=_inside,
    is_large=True,
)
