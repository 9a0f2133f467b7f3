"""Measures of predicted numbers (BigML.io API documentation, evaluations)."""

from typing import Any

import numpy as np

from ml.errors import DataError


def evaluate_regression(
    actual: np.ndarray,
    predicted: np.ndarray,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Blocks `model`, `mean` and `random`, each with `mean_absolute_error`, `mean_squared_error` and `r_squared`.

    `mean` predicts the mean of the actual values for every row, so that its r² is 0; `random` draws evenly between
    `minimum` and `maximum`, the objective's range in training (that of the actual values unless given). r² compares
    with the mean of the actual values and is 0 where those are all equal. DataError when there is no row.
    """
    if not len(actual):
        raise DataError("No row with an objective value is left to evaluate.")
    low = float(actual.min()) if minimum is None else minimum
    high = float(actual.max()) if maximum is None else maximum
    random = np.random.default_rng(seed).uniform(low, high, len(actual))
    mean = np.full(len(actual), actual.mean())
    return {
        name: _errors(actual, values) for name, values in (("model", predicted), ("mean", mean), ("random", random))
    }


def _errors(actual: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    error = actual - predicted
    squared = float(np.mean(error**2))
    variance = float(np.var(actual))
    return {
        "mean_absolute_error": float(np.mean(np.abs(error))),
        "mean_squared_error": squared,
        "r_squared": 1 - squared / variance if variance else 0.0,
    }
