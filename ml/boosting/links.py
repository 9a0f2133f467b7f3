"""From raw scores, the sums over all trees, to probabilities and numbers, by the loss that was trained.

CatBoost would do it too, but one value after the other under Python's lock, which keeps threads from scoring side by
side.
"""

from collections.abc import Callable

import numpy as np

Link = Callable[[np.ndarray], np.ndarray]
"""Takes raw scores of rows, one or one for each class, to (rows, classes) probabilities or (rows,) numbers."""


def link(loss: str) -> Link:
    """The link of a loss function, with or without its settings; numbers stay as they are where the loss has none."""
    return _LINKS.get(loss.partition(":")[0], _same)


def _same(scores: np.ndarray) -> np.ndarray:
    return scores


def _two_classes(scores: np.ndarray) -> np.ndarray:
    second = _logistic(scores)
    return np.stack([1 - second, second], axis=1)


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _logistic(scores: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        shares: np.ndarray = 1 / (1 + np.exp(-scores))
    return shares


_LINKS: dict[str, Link] = {
    "Logloss": _two_classes,
    "MultiClass": _softmax,
    "MultiClassOneVsAll": _logistic,
    "Poisson": np.exp,
    "Tweedie": np.exp,
}
