"""What a tree says about the rows of a node: confidence, probability, expected error, distribution of the objective.

The formulas and their rounding are those of BigML's trees, as its local predictors recompute them from a model.
"""

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.decimals import DECIMALS, pairs, plain, rounded_array

BINS_LIMIT = 32
"""A distribution of numbers has at most so many entries."""

Distribution = Sequence[tuple[Any, float]]
"""`(class or number, rows or weight)` entries; the Any is a text for classes, a number for regression."""

_Z = 1.96
_TAIL = 1 - math.erf(_Z / math.sqrt(2))
_CELLS = 256
_QUANTILES_KEPT = 65536


def wilson(share: float, population: float) -> float:
    """The lower end of the 95 % Wilson score interval of a share seen in so many rows, in five decimals."""
    spread = _Z * _Z / population
    root = math.sqrt((share * (1 - share) + spread / 4) / population)
    return round((share + spread / 2 - _Z * root) / (1 + spread), DECIMALS)


def confidences(distribution: Distribution, population: float) -> dict[Any, float]:
    """The Wilson bound of every class of a distribution, whose amounts may be weights of `population` rows."""
    total = float(sum(amount for _, amount in distribution))
    return {value: wilson(amount / total, population) for value, amount in distribution}


def probabilities(distribution: Distribution, prior: Mapping[Any, float]) -> dict[Any, float]:
    """The probability of every class of `prior`, in five decimals.

    `prior` holds each class's share of the training rows, which counts as one row more. A prior of zeros, as weighted
    trees have, leaves the plain shares.
    """
    smoothed = dict(prior)
    total: float = 1 if any(prior.values()) else 0
    for value, amount in distribution:
        smoothed[value] += amount
        total += amount
    return {value: round(amount / total, DECIMALS) for value, amount in smoothed.items()}


@lru_cache(maxsize=_QUANTILES_KEPT)
def chi_square_quantile(degrees: float) -> float:
    """What a chi-square variable with so many degrees of freedom stays below with probability 1 - erf(1.96/√2).

    Newton's method on the logarithms of the value and of the regularised lower incomplete gamma function, which is
    concave there; relative error below 1e-11. Needs more than 0 degrees, whole or not.
    """
    half = degrees / 2
    normal = -1.6448951
    guess = half * max(1 - 1 / (9 * half) + normal / math.sqrt(9 * half), 0.01) ** 3
    position = math.log(guess)
    target = math.log(_TAIL)
    last = math.inf
    while True:
        value = math.exp(position)
        series = term = 1.0
        step = half
        while term > series * 1e-17:
            step += 1
            term *= value / step
            series += term
        density = half * position - value - math.lgamma(half + 1)
        change = (density + math.log(series) - target) * series / half
        position -= change
        if abs(change) >= last or change == 0:
            return 2 * math.exp(position)
        last = abs(change)


def expected_error(variance: float, population: float) -> float | None:
    """The error to expect of a mean over `population` rows with that unbiased variance, in five decimals.

    None where the variance is unknown, as it is for a weight of one row or less.
    """
    if math.isnan(variance) or population <= 0:
        return None
    error = variance * (population - 1) / chi_square_quantile(population)
    error = error * (math.sqrt(population) + _Z) ** 2
    return round(math.sqrt(error / population), DECIMALS)


def shared_error(parent: float | None, population: float) -> float:
    """The error of a node whose rows all have one value: its parent's, less by the square root of its rows."""
    if parent is None:
        return 0.0
    return round(parent / math.sqrt(max(population, 1)), DECIMALS)


def mean(distribution: Distribution) -> float:
    """The weighted mean of a distribution of numbers; NaN when nothing is in it."""
    total = amounts = 0.0
    for value, amount in distribution:
        total += value * amount
        amounts += amount
    return total / amounts if amounts > 0 else math.nan


def variance(distribution: Distribution, center: float) -> float:
    """The unbiased variance of a distribution of numbers around its mean; NaN when one row or less is in it."""
    squares = amounts = 0.0
    for value, amount in distribution:
        squares += (value - center) ** 2 * amount
        amounts += amount
    return squares / (amounts - 1) if amounts > 1 else math.nan


def median(distribution: Distribution) -> float | None:
    """The median of a distribution of numbers in ascending order, None of an empty one."""
    half = sum(amount for _, amount in distribution) / 2
    seen: float = 0
    lower: float | None = None
    for value, amount in distribution:
        seen += amount
        if seen > half:
            return float(value) if lower is None else (lower + value) / 2
        if seen == half:
            lower = value
    return lower


def merge_nearest(entries: Iterable[tuple[float, float]], limit: int = BINS_LIMIT) -> list[tuple[float, float]]:
    """A distribution in ascending order with at most `limit` entries.

    The two entries that lie closest to each other, the first such pair, are replaced by their weighted mean until
    few enough are left.
    """
    values = [list(entry) for entry in entries]
    after = [*range(1, len(values)), -1]
    before = [-1, *range(len(values) - 1)]
    version = [0] * len(values)
    gaps = [(values[right][0] - values[right - 1][0], right - 1, 0, right, 0) for right in range(1, len(values))]
    heapq.heapify(gaps)
    alive = len(values)
    while alive > limit and gaps:
        _, left, left_version, right, right_version = heapq.heappop(gaps)
        if version[left] != left_version or version[right] != right_version:
            continue
        amount = values[left][1] + values[right][1]
        values[left] = [(values[left][0] * values[left][1] + values[right][0] * values[right][1]) / amount, amount]
        version[left] += 1
        version[right] = -1
        after[left] = after[right]
        alive -= 1
        for first, second in ((before[left], left), (left, after[left])):
            if first >= 0 and second >= 0:
                before[second] = first
                gap = values[second][0] - values[first][0]
                heapq.heappush(gaps, (gap, first, version[first], second, version[second]))
    return [(value, amount) for (value, amount), state in zip(values, version, strict=True) if state >= 0]


def numeric_summary(values: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> dict[str, Any]:
    """The `objective_summary` of a node of a regression tree: `counts` or `bins`, `minimum`, `maximum`, `median`.

    The values themselves with how often each occurs when there are at most 32, otherwise 32 bins (mean, rows). With
    weights, amounts are sums of weights and the median is the weighted one.
    """
    distinct, where = np.unique(values, return_inverse=True)
    amounts = np.bincount(where, weights=weights).astype(np.float64)
    reached = np.cumsum(amounts)
    middle = reached[-1] / 2
    upper = int(np.searchsorted(reached, middle, side="right"))
    lower = int(np.searchsorted(reached, middle, side="left"))
    summary: dict[str, Any] = {
        "minimum": plain(distinct[0]),
        "maximum": plain(distinct[-1]),
        "median": plain((distinct[lower] + distinct[min(upper, len(distinct) - 1)]) / 2),
    }
    if len(distinct) <= BINS_LIMIT:
        return {"counts": pairs(zip(distinct.tolist(), amounts.tolist(), strict=True)), **summary}
    entries = merge_nearest(_condensed(distinct, amounts))
    return {"bins": pairs(_joined(entries)), **summary}


def _condensed(values: NDArray[np.float64], amounts: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Few enough entries for one-by-one merging: the means of equally wide cells."""
    if len(values) > _CELLS:
        width = (values[-1] - values[0]) / _CELLS
        cells = (
            np.minimum((values - values[0]) / width, _CELLS - 1).astype(np.intp)
            if width > 0
            else np.zeros(len(values), np.intp)
        )
        total = np.bincount(cells, weights=amounts, minlength=_CELLS).astype(np.float64)
        sums = np.bincount(cells, weights=amounts * values, minlength=_CELLS)
        used = total > 0
        values, amounts = sums[used] / total[used], total[used]
    return list(zip(values.tolist(), amounts.tolist(), strict=True))


def _joined(entries: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Entries whose means are written alike, as one: readers key a distribution by its values."""
    joined: dict[float, float] = {}
    bins = list(entries)
    means = rounded_array(np.array([value for value, _ in bins]))
    for value, (_, amount) in zip(means.tolist(), bins, strict=True):
        joined[value] = joined.get(value, 0.0) + amount
    return list(joined.items())
