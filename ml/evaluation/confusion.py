"""Measures of predicted classes that a confusion matrix holds (BigML.io API documentation, evaluations)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

AVERAGED = ("precision", "recall", "f_measure", "phi", "balanced_accuracy")
"""The measures whose unweighted means over all classes a block reports as `average_…`."""


def confusion_matrix(actual: np.ndarray, predicted: np.ndarray, size: int) -> np.ndarray:
    """How often class i was predicted as class j, from codes; `size` is the number of classes."""
    counts = np.bincount(actual.astype(np.int64) * size + predicted, minlength=size * size)
    return counts.reshape(size, size)


def confusion_block(matrix: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
    """The matrix with its accuracy, its averages and the statistics of each class; what is 0/0 counts as 0."""
    total = float(matrix.sum())
    hits = np.diag(matrix).astype(float)
    rows, columns = matrix.sum(axis=1).astype(float), matrix.sum(axis=0).astype(float)
    tp, fn, fp = hits, rows - hits, columns - hits
    tn = total - tp - fn - fp
    precision, recall = ratio(tp, tp + fp), ratio(tp, tp + fn)
    measures = {
        "accuracy": ratio(tp + tn, np.full_like(tp, total)),
        "precision": precision,
        "recall": recall,
        "f_measure": ratio(2 * precision * recall, precision + recall),
        "phi": phi(tp, fp, tn, fn),
        "balanced_accuracy": (recall + ratio(tn, tn + fp)) / 2,
    }
    per_class = [
        {
            "class_name": name,
            **{key if key != "phi" else "phi_coefficient": float(values[place]) for key, values in measures.items()},
            "present_in_test_data": bool(rows[place]),
        }
        for place, name in enumerate(names)
    ]
    return {
        "confusion_matrix": matrix.tolist(),
        "accuracy": float(hits.sum() / total) if total else 0.0,
        **{f"average_{key}": float(measures[key].mean()) for key in AVERAGED},
        "per_class_statistics": per_class,
    }


def phi(tp: np.ndarray, fp: np.ndarray, tn: np.ndarray, fn: np.ndarray) -> np.ndarray:
    """The correlation of truth and prediction: (tp·tn − fp·fn) / √((tp+fp)(tp+fn)(tn+fp)(tn+fn)), 0 for 0/0."""
    product = np.sqrt((tp + fp) * (tp + fn)) * np.sqrt((tn + fp) * (tn + fn))
    return ratio(tp * tn - fp * fn, product)


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """The quotients, 0 where the divisor is 0."""
    result: np.ndarray = np.divide(part, whole, out=np.zeros(np.shape(part), dtype=float), where=whole != 0)
    return result
