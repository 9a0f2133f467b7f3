"""A boosted model in the formats of other programs: CatBoost's own, ONNX, and Python source without any dependency."""

import json
import tempfile
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.boosting.features import MISSING_CATEGORY, FeatureKind
from ml.boosting.model import BoostedModel
from ml.boosting.parameters import GrowPolicy
from ml.errors import ArgumentError

if TYPE_CHECKING:
    from catboost import Pool


class ExportFormat(StrEnum):
    """What a model can be written as."""

    CBM = "cbm"
    JSON = "json"
    ONNX = "onnx"
    PYTHON = "python"


def export(model: BoostedModel, form: ExportFormat) -> bytes:
    """The model as a file of that format.

    `CBM` holds every model. `JSON` (trees with their splits and leaf weights) holds those without text columns,
    `PYTHON` those that have symmetric trees too, `ONNX` those that besides have numbers only. ArgumentError when the
    model does not fit. The columns are named by field ids; in ONNX they are one matrix `features` in model order.
    """
    _check(model, form)
    return _WRITERS[form](model)


def _check(model: BoostedModel, form: ExportFormat) -> None:
    kinds = {feature.kind for feature in model.features}
    if form is not ExportFormat.CBM and FeatureKind.TEXT in kinds:
        raise ArgumentError("A model with text columns can be exported as cbm only.", ("format",))
    is_symmetric = model.document["parameters"]["grow_policy"] == GrowPolicy.SYMMETRIC
    if form in (ExportFormat.ONNX, ExportFormat.PYTHON) and not is_symmetric:
        raise ArgumentError("Trees that are not symmetric can be exported as cbm or json only.", ("format",))
    if form is ExportFormat.ONNX and kinds != {FeatureKind.NUMERIC}:
        raise ArgumentError("A model with categorical columns cannot be exported as onnx.", ("format",))


def _saved(model: BoostedModel, form: str, pool: "Pool | None" = None, **settings: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model")
        model.engine().save_model(str(path), format=form, pool=pool, export_parameters=settings or None)
        return path.read_bytes()


def _cbm(model: BoostedModel) -> bytes:
    return model.content


def _json(model: BoostedModel) -> bytes:
    return _saved(model, "json", _vocabulary(model))


def _onnx(model: BoostedModel) -> bytes:
    return _saved(model, "onnx", onnx_graph_name="modelgraph")


def _python(model: BoostedModel) -> bytes:
    numeric = [feature.field for feature in model.features if feature.kind is FeatureKind.NUMERIC]
    categorical = [feature.field for feature in model.features if feature.kind is FeatureKind.CATEGORY]
    function = "apply_catboost_model_multi" if len(model.document["classes"]) > 2 else "apply_catboost_model"
    name = json.dumps(model.document["objective"]["name"])[1:-1]
    head = f'"""Predicts {name}; `predict` takes a row as a dictionary by field name or id."""\n'
    tail = _PYTHON_TAIL.format(
        numeric=json.dumps([[field.id, field.name] for field in numeric]),
        categorical=json.dumps([[field.id, field.name] for field in categorical]),
        missing=json.dumps(MISSING_CATEGORY),
        classes=json.dumps(model.document["classes"]),
        loss=json.dumps(model.document["parameters"]["loss_function"].partition(":")[0]),
        function=function,
    )
    return head.encode() + _saved(model, "python", _vocabulary(model)) + tail.encode()


def _vocabulary(model: BoostedModel) -> "Pool | None":
    """Rows in which every known category occurs: from them the engine writes texts beside their hashes."""
    import pandas as pd
    from catboost import Pool

    categorical = [feature.field.id for feature in model.features if feature.kind is FeatureKind.CATEGORY]
    if not categorical:
        return None
    known = {name: [*dict.fromkeys([*model.categories[name], MISSING_CATEGORY])] for name in categorical}
    count = max(map(len, known.values()))
    arrays = {
        feature.field.id: np.resize(np.array(known[feature.field.id], dtype=object), count)
        if feature.kind is FeatureKind.CATEGORY
        else np.zeros(count)
        for feature in model.features
    }
    return Pool(pd.DataFrame(arrays), cat_features=categorical)


_WRITERS: dict[ExportFormat, Callable[[BoostedModel], bytes]] = {
    ExportFormat.CBM: _cbm,
    ExportFormat.JSON: _json,
    ExportFormat.ONNX: _onnx,
    ExportFormat.PYTHON: _python,
}

_PYTHON_TAIL = '''

import math

NUMERIC = {numeric}
CATEGORICAL = {categorical}
MISSING = {missing}
CLASSES = {classes}
LOSS = {loss}


def _value(row, field):
    return next((row[key] for key in field if row.get(key) is not None), None)


def predict(row):
    """The predicted number, or the probability of each class."""
    numbers = [_value(row, field) for field in NUMERIC]
    numbers = [math.nan if number is None else float(number) for number in numbers]
    texts = [_value(row, field) for field in CATEGORICAL]
    texts = [MISSING if text is None else str(text) for text in texts]
    score = {function}(numbers, texts)
    if not CLASSES:
        return math.exp(score) if LOSS in ("Poisson", "Tweedie") else score
    if len(CLASSES) == 2:
        second = 1 / (1 + math.exp(-score))
        return dict(zip(CLASSES, (1 - second, second)))
    if LOSS == "MultiClassOneVsAll":
        return {{name: 1 / (1 + math.exp(-value)) for name, value in zip(CLASSES, score)}}
    powers = [math.exp(value - max(score)) for value in score]
    return {{name: power / sum(powers) for name, power in zip(CLASSES, powers)}}
'''
