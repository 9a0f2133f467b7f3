"""Boosted training from a Parquet dataset: which rows and columns are learnt from, and what is remembered of it."""

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.boosting.columns import TrainingColumns, read_training
from ml.boosting.features import Feature, FeatureKind, columns_of, text_processing
from ml.boosting.fitting import Progress, fit
from ml.boosting.model import FORMAT, VERSION, BoostedModel
from ml.boosting.parameters import BoostingParameters, GrowPolicy
from ml.errors import ArgumentError, DataError
from ml.fields import MISSING_TOKENS, Field, Optype
from ml.predictor import Task

if TYPE_CHECKING:
    from catboost import CatBoost, Pool


def train(
    data: Path,
    fields: Sequence[Field],
    summaries: Mapping[str, Mapping[str, Any]],  # Any: the JSON values of a summary
    *,
    objective: str,
    inputs: Sequence[str] | None = None,
    parameters: BoostingParameters | None = None,
    rows: np.ndarray | None = None,
    directory: Path,
    progress: Progress = lambda _share, _report: None,
) -> BoostedModel:
    """A boosted model of the field `objective` by the fields `inputs` (ids; None is all preferred ones).

    The objective is categorical (two or more classes) or numeric; rows where it is missing are left out. `rows` are
    the row numbers to learn from, None is all. `directory` belongs to this training alone: a process that was
    killed and is started again with the same arguments goes on from the snapshot there and ends with a model that
    predicts the same. Raises ArgumentError for arguments that do not fit the dataset, and DataError when there is
    nothing to learn: no rows, a single class or value, inputs that never vary.
    """
    parameters = parameters or BoostingParameters()
    by_id = {field.id: field for field in fields}
    goal = _objective(by_id, objective)
    task = Task.REGRESSION if goal.optype is Optype.NUMERIC else Task.CLASSIFICATION
    settings = parameters.engine(task)
    columns = columns_of(_inputs(by_id, inputs, goal), by_id)
    table = read_training(data, columns, goal, task, rows)
    target, classes = table.target()
    _check_target(target, classes, goal, task)
    settings["loss_function"] = str(parameters.loss(task, len(classes)))
    if classes:
        settings["class_names"] = list(classes)
    learn, validation, features, categories = _pools(table, target, classes, parameters)
    if any(feature.kind is FeatureKind.TEXT for feature in features):
        settings["text_processing"] = text_processing(features, classification=task is Task.CLASSIFICATION)
    if validation is not None:
        settings["use_best_model"] = parameters.early_stopping_rounds is not None
    directory.mkdir(parents=True, exist_ok=True)
    engine = fit(settings, learn, validation, directory=directory, progress=progress)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "task": task.value,
        "objective": goal.to_dict(),
        "inputs": [column.to_dict() for column in columns],
        "fields": _fields(by_id, columns, goal),
        "features": [feature.to_dict() for feature in features],
        "booleans": _two_valued(columns, summaries),
        "classes": list(classes),
        "parameters": {**parameters.to_dict(), "loss_function": settings["loss_function"]},
        "learning_rate": engine.get_all_params().get("learning_rate"),
        "importance": _importance(engine, features),
        "metrics": _history(engine),
        "best_iteration": engine.tree_count_ if validation is None else (engine.get_best_iteration() or 0) + 1,
        "iterations": engine.tree_count_,
        "rows": len(target),
        "distribution": {"training": _distribution(target, classes)},
        "missing_tokens": list(_missing_tokens((*columns, goal))),
        "libraries": {"catboost": version("catboost"), "numpy": np.__version__, "python": platform.python_version()},
    }
    plain = json.loads(json.dumps(document))  # as it will be read back: lists where fields have tuples
    return BoostedModel(document=plain, content=_content(engine, directory), categories=categories)


def _objective(fields: Mapping[str, Field], objective: str) -> Field:
    field = fields.get(objective)
    if field is None:
        raise ArgumentError(f"there is no field {objective!r}", ("objective_field",))
    if field.optype not in (Optype.CATEGORICAL, Optype.NUMERIC):
        message = f"the objective {field.name} is {field.optype}; it must be categorical or numeric"
        raise ArgumentError(message, ("objective_field",))
    return field


def _inputs(fields: Mapping[str, Field], inputs: Sequence[str] | None, objective: Field) -> list[Field]:
    if inputs is None:
        return [field for field in fields.values() if field.preferred and field.id != objective.id]
    for name in inputs:
        if name not in fields:
            raise ArgumentError(f"there is no field {name!r}", ("input_fields",))
    return [fields[name] for name in dict.fromkeys(inputs) if name != objective.id]


def _check_target(target: np.ndarray, classes: tuple[str, ...], objective: Field, task: Task) -> None:
    if not len(target):
        raise DataError(f"no row has a value of the objective {objective.name}", ("objective_field",))
    if task is Task.CLASSIFICATION and len(classes) == 1:
        raise DataError(f"the objective {objective.name} has a single class, {classes[0]!r}", ("objective_field",))
    if task is Task.REGRESSION and target.min() == target.max():
        raise DataError(f"the objective {objective.name} has a single value, {target[0]:g}", ("objective_field",))


def _pools(
    table: TrainingColumns, target: np.ndarray, classes: tuple[str, ...], parameters: BoostingParameters
) -> "tuple[Pool, Pool | None, list[Feature], dict[str, list[str]]]":
    """Rows to learn from and rows held out: two views of one frame whose last rows are the held-out ones."""
    from catboost import Pool

    order, learned = _split(target, len(classes), parameters)
    as_text = parameters.text_features and parameters.grow_policy is GrowPolicy.SYMMETRIC
    frame, features, categories = table.take_frame(order, learned, as_text=as_text)
    target = target if order is None else target[order]
    label = np.array(classes, dtype=object)[target] if classes else target

    def pool(start: int, end: int) -> Pool:
        return Pool(
            frame.iloc[start:end],
            label=label[start:end],
            cat_features=[feature.field.id for feature in features if feature.kind is FeatureKind.CATEGORY],
            text_features=[feature.field.id for feature in features if feature.kind is FeatureKind.TEXT],
        )

    held_out = None if learned == len(target) else pool(learned, len(target))
    return pool(0, learned), held_out, features, categories


def _split(target: np.ndarray, classes: int, parameters: BoostingParameters) -> tuple[np.ndarray | None, int]:
    """An order of the rows that puts the held-out ones last, and how many come before them.

    They are drawn at random, in equal shares of every class; a class keeps at least one row to learn from.
    """
    count = len(target)
    if not parameters.held_out:
        return None, count
    generator = np.random.default_rng(parameters.random_seed)
    held = np.zeros(count, dtype=bool)
    groups = [np.flatnonzero(target == value) for value in range(classes)] if classes else [np.arange(count)]
    for members in groups:
        size = min(round(len(members) * parameters.held_out), len(members) - 1)
        held[generator.permutation(members)[:size]] = True
    if not held.any():
        raise DataError(f"{count} rows are too few to hold any out", ("validation_share",))
    return np.concatenate([np.flatnonzero(~held), np.flatnonzero(held)]), int(count - held.sum())


def _fields(fields: Mapping[str, Field], columns: Sequence[Field], objective: Field) -> dict[str, dict[str, Any]]:
    parents = [fields[column.parent_id] for column in columns if column.parent_id and column.parent_id in fields]
    return {field.id: field.to_dict() for field in (*columns, *parents, objective)}


def _missing_tokens(fields: Sequence[Field]) -> tuple[str, ...]:
    """The texts that mean "no value" in rows to score: those with which the dataset was read, where a field says."""
    return next((field.missing_tokens for field in fields if field.missing_tokens is not None), MISSING_TOKENS)


def _two_valued(columns: Sequence[Field], summaries: Mapping[str, Mapping[str, Any]]) -> dict[str, list[list[Any]]]:
    """The categories of two-valued columns, by which a boolean that a client sends is understood."""
    found = {column.id: summaries.get(column.id, {}).get("categories", ()) for column in columns}
    return {name: [list(entry) for entry in categories] for name, categories in found.items() if len(categories) == 2}


def _importance(engine: "CatBoost", features: Sequence[Feature]) -> list[list[Any]]:
    """Field ids with their share of the change in prediction, largest first; empty if no split was made."""
    gains = engine.get_feature_importance(type="PredictionValuesChange")
    total = float(np.sum(gains))
    if not total:
        return []
    shares = [[feature.field.id, float(gain) / total] for feature, gain in zip(features, gains, strict=True)]
    return sorted(shares, key=lambda entry: -entry[1])


def _distribution(target: np.ndarray, classes: tuple[str, ...]) -> dict[str, Any]:
    if classes:
        counts = np.bincount(target, minlength=len(classes)).tolist()
        return {"categories": [list(pair) for pair in zip(classes, counts, strict=True)]}
    return {
        "minimum": float(target.min()),
        "maximum": float(target.max()),
        "mean": float(target.mean()),
        "median": float(np.median(target)),
    }


def _history(engine: "CatBoost") -> dict[str, dict[str, list[float | None]]]:
    """Every metric after every iteration; null where it is not a finite number, which JSON cannot say."""
    return {
        part: {name: [value if isfinite(value) else None for value in values] for name, values in metrics.items()}
        for part, metrics in engine.get_evals_result().items()
    }


def _content(engine: "CatBoost", directory: Path) -> bytes:
    """The bytes of a .cbm file, without what names this machine or this run.

    Equal trainings give equal bytes, except that dictionaries of text columns get new ids each time.
    """
    metadata = engine.get_metadata()
    for name in ("model_guid", "train_finish_time"):
        del metadata[name]
    for name in ("params", "output_options"):
        options = json.loads(metadata[name])
        options.pop("train_dir", None)
        options.get("flat_params", {}).pop("train_dir", None)
        metadata[name] = json.dumps(options, sort_keys=True)
    path = directory / "model.cbm"
    engine.save_model(str(path), format="cbm")
    return path.read_bytes()
