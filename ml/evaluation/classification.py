"""Measures of predicted classes: the model beside two baselines (BigML.io API documentation, evaluations)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ml.errors import DataError
from ml.evaluation.confusion import confusion_block, confusion_matrix
from ml.evaluation.curves import AVERAGED, Ranking

CURVE_POINTS = 1000
"""Curves of one class go through at most so many thresholds, evenly many rows apart."""

TOTAL_POINTS = 10_000
"""Curves of all classes together go through about so many, so that an evaluation of many classes stays readable."""

FEWEST_POINTS = 20


def evaluate_classification(
    actual: np.ndarray,
    predicted: np.ndarray,
    probabilities: Mapping[str, np.ndarray] | None,
    classes: Sequence[str],
    *,
    training: Mapping[str, float] | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """`class_names` (sorted) and the blocks `model`, `mode` and `random`.

    `actual` and `predicted` are class names a row, `probabilities` the score of each class a row. Classes that occur
    without being in `classes` are added, with a score of 0 everywhere. `mode` always predicts the most frequent class
    of `training` (class to rows; the actual classes unless given), the first by name among equals; `random` draws a
    class evenly. The model's block has curves and rank correlations for every class if there are probabilities; their
    areas, extremes and correlations come from every distinct score, the points listed are at most 1000 a class, fewer
    for more than ten classes. DataError when there is no row.
    """
    if not len(actual):
        raise DataError("No row with an objective value is left to evaluate.")
    names = sorted({*classes, *np.unique(actual).tolist(), *np.unique(predicted).tolist()})
    place = {name: index for index, name in enumerate(names)}
    return evaluate_codes(
        _codes(actual, place),
        _codes(predicted, place),
        {place[name]: scores for name, scores in (probabilities or {}).items()},
        names,
        training=training,
        seed=seed,
    )


def evaluate_codes(
    actual: np.ndarray,
    predicted: np.ndarray,
    probabilities: Mapping[int, np.ndarray],
    names: Sequence[str],
    *,
    training: Mapping[str, float] | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """`evaluate_classification` for one row or more whose classes are given as places in the sorted `names`."""
    size = len(names)
    frequent = training or dict(zip(names, np.bincount(actual, minlength=size).tolist(), strict=True))
    mode = max(range(size), key=lambda index: (frequent.get(names[index], 0), -index))
    model = confusion_block(confusion_matrix(actual, predicted, size), names)
    points = max(FEWEST_POINTS, min(CURVE_POINTS, TOTAL_POINTS // size))
    if probabilities:
        unknown = np.zeros(len(actual))
        for index, entry in enumerate(model["per_class_statistics"]):
            entry |= Ranking.of(probabilities.get(index, unknown), actual == index).statistics(points)
        model |= {f"average_{key}": _average(model["per_class_statistics"], key) for key in AVERAGED}
    drawn = np.random.default_rng(seed).integers(0, size, len(actual))
    baselines = {"mode": np.full(len(actual), mode), "random": drawn}
    return {
        "class_names": list(names),
        "model": model,
        **{name: confusion_block(confusion_matrix(actual, codes, size), names) for name, codes in baselines.items()},
    }


def _average(statistics: Sequence[Mapping[str, Any]], key: str) -> float:
    values = [entry[key][0] if isinstance(entry[key], list) else entry[key] for entry in statistics]
    return float(np.mean(values))


def _codes(values: np.ndarray, place: Mapping[str, int]) -> np.ndarray:
    distinct, inverse = np.unique(values, return_inverse=True)
    codes: np.ndarray = np.array([place[name] for name in distinct.tolist()], dtype=np.int64)[inverse]
    return codes
