"""How the numbers of one column are distributed, computed chunk by chunk so that any length fits into memory."""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.histogram import BIN_LIMIT, RoundBins, merged_bins, round_bins

Numbers = npt.NDArray[np.float64]
Chunks = Callable[[], Iterator[Numbers]]

CELLS = 2048
"""Equal cells between the smallest and the largest number, from which bins are joined and the median is found."""

COLLECTED = 2**22
"""Numbers that may be held at once to find the median among them."""

_PROBED = 8192


@dataclass(slots=True)
class _Extent:
    """What a first pass tells."""

    count: int = 0
    minimum: float = math.inf
    maximum: float = -math.inf
    total: float = 0.0
    squares: float = 0.0
    are_whole: bool = True
    distinct: Counter[float] | None = field(default_factory=Counter)


@dataclass(slots=True)
class _Shape:
    """What a second pass tells, which needs the mean and the extent."""

    moments: Numbers
    cell_counts: npt.NDArray[np.int64]
    cell_sums: Numbers
    populations: npt.NDArray[np.int64] | None


def describe(chunks: Chunks, *, rows: int) -> dict[str, Any]:  # Any: numbers and lists of them, ready for JSON
    """The summary of a numeric column of so many rows, whose numbers `chunks` gives each time it is called, without
    the missing ones.

    Follows the BigML.io API documentation: variance over n − 1, population skewness and excess kurtosis, exact median,
    `counts` of the values when there are at most 32, else `bins`, and an `exact_histogram` of round width. Statistics
    that do not exist (of no number, or beyond the range of a double) are None.
    """
    with np.errstate(all="ignore"):
        extent = _extent(chunks())
        if not extent.count:
            return {"population": 0, "missing_count": rows, **dict.fromkeys(_MEASURES), "counts": []}
        mean = extent.total / extent.count
        rounded = round_bins(extent.minimum, extent.maximum, are_whole=extent.are_whole)
        shape = _shape(chunks, extent, mean, rounded)
        median = _median(chunks, extent, shape.cell_counts)
    second, third, fourth = (float(moment) / extent.count for moment in shape.moments)
    variance = second * extent.count / (extent.count - 1) if extent.count > 1 else 0.0
    is_constant = extent.minimum == extent.maximum or second == 0.0
    measures = {
        "minimum": extent.minimum,
        "maximum": extent.maximum,
        "mean": mean,
        "median": median,
        "sum": extent.total,
        "sum_squares": extent.squares,
        "variance": 0.0 if is_constant else variance,
        "standard_deviation": 0.0 if is_constant else math.sqrt(variance),
        "skewness": 0.0 if is_constant else third / second / math.sqrt(second),
        "kurtosis": 0.0 if is_constant else fourth / second / second - 3.0,
    }
    summary: dict[str, Any] = {"population": extent.count, "missing_count": rows - extent.count}
    summary |= {name: value if math.isfinite(value) else None for name, value in measures.items()}
    summary |= _bins(extent, shape)
    if rounded is not None and shape.populations is not None:
        summary["exact_histogram"] = {
            "start": rounded.start,
            "width": rounded.width,
            "populations": shape.populations.tolist(),
        }
    return summary


_MEASURES = (
    "minimum", "maximum", "mean", "median", "sum", "sum_squares", "variance", "standard_deviation", "skewness",
    "kurtosis",
)  # fmt: skip


def _extent(chunks: Iterator[Numbers]) -> _Extent:
    extent = _Extent()
    totals, squares = [], []
    for chunk in chunks:
        if not len(chunk):
            continue
        extent.count += len(chunk)
        extent.minimum = min(extent.minimum, float(chunk.min()))
        extent.maximum = max(extent.maximum, float(chunk.max()))
        totals.append(float(chunk.sum()))
        squares.append(float((chunk * chunk).sum()))
        extent.are_whole = extent.are_whole and bool(
            (chunk[:1] == np.floor(chunk[:1])).all() and (chunk == np.floor(chunk)).all()
        )
        extent.distinct = _counted(extent.distinct, chunk, are_whole=extent.are_whole)
    extent.total, extent.squares = _exact_sum(totals), _exact_sum(squares)
    return extent


def _exact_sum(parts: list[float]) -> float:
    total = sum(parts)
    return math.fsum(parts) if math.isfinite(total) else total


def _counted(distinct: Counter[float] | None, chunk: Numbers, *, are_whole: bool) -> Counter[float] | None:
    """The counts with those of a chunk added, or None once there are too many different values."""
    if distinct is None:
        return None
    low, high = chunk.min(), chunk.max()
    if are_whole and high - low < CELLS:
        tallies = np.bincount((chunk - low).astype(np.int64))
        found = np.flatnonzero(tallies)
        values, counts = found + low, tallies[found]
    elif len(np.unique(chunk[:_PROBED])) > CELLS:
        return None
    else:
        values, counts = np.unique(chunk, return_counts=True)
    if len(values) > CELLS:
        return None
    distinct.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))
    return distinct if len(distinct) <= CELLS else None


def _shape(chunks: Chunks, extent: _Extent, mean: float, rounded: RoundBins | None) -> _Shape:
    if extent.distinct is not None:
        values = np.array(sorted(extent.distinct))
        weights = np.array([extent.distinct[value] for value in values.tolist()])
        parts: Iterator[tuple[Numbers, npt.NDArray[np.int64] | None]] = iter([(values, weights)])
    else:
        parts = ((chunk, None) for chunk in chunks())
    moments = np.zeros(3)
    counts, sums = np.zeros(CELLS, dtype=np.int64), np.zeros(CELLS)
    populations = None if rounded is None else np.zeros(rounded.count, dtype=np.int64)
    for chunk, weight in parts:
        deviation = chunk - mean
        square = deviation * deviation
        weighted = square if weight is None else square * weight
        moments += (weighted.sum(), (weighted * deviation).sum(), (weighted * square).sum())
        if weight is None:
            cells = _cells(chunk, extent.minimum, extent.maximum)
            counts += np.bincount(cells, minlength=CELLS)
            sums += np.bincount(cells, weights=chunk, minlength=CELLS)
        if rounded is not None and populations is not None:
            tallies = np.bincount(rounded.indices(chunk), weights=weight, minlength=rounded.count)
            populations += tallies.astype(np.int64)
    return _Shape(moments, counts, sums, populations)


def _cells(values: Numbers, low: float, high: float) -> npt.NDArray[np.int64]:
    """The number of the cell of each value, from 0 for the lowest."""
    if high <= low:
        return np.zeros(len(values), dtype=np.int64)
    span = high - low
    if math.isfinite(span):
        places = values - low
        places *= CELLS / span
    else:
        # Half of everything keeps the widest of all ranges finite.
        places = (values / 2 - low / 2) * (CELLS / (high / 2 - low / 2))
    cells = places.astype(np.int64)
    return np.minimum(cells, CELLS - 1, out=cells)


def _bins(extent: _Extent, shape: _Shape) -> dict[str, list[list[float]]]:
    if extent.distinct is None:
        full = np.flatnonzero(shape.cell_counts)
        counts = shape.cell_counts[full]
        return {"bins": merged_bins((shape.cell_sums[full] / counts).tolist(), counts.tolist())}
    pairs = sorted(extent.distinct.items())
    if len(pairs) <= BIN_LIMIT:
        return {"counts": [[value, count] for value, count in pairs]}
    return {"bins": merged_bins([value for value, _ in pairs], [count for _, count in pairs])}


def _median(chunks: Chunks, extent: _Extent, cell_counts: npt.NDArray[np.int64]) -> float:
    """The number in the middle, or half way between the two that are."""
    low, high = (extent.count - 1) // 2, extent.count // 2
    if extent.distinct is not None:
        ordered = sorted(extent.distinct.items())
        ends = np.cumsum([count for _, count in ordered])
        below, above = (ordered[int(np.searchsorted(ends, rank, side="right"))][0] for rank in (low, high))
    else:
        near, rank = _neighbourhood(chunks, extent, cell_counts, low)
        below = above = float(near[rank])
        if high > low and rank + 1 < len(near):
            above = float(near[rank + 1])
        elif high > low:
            above = min(float(chunk[chunk > below].min(initial=math.inf)) for chunk in chunks())
    return below if below == above else below / 2 + above / 2


def _neighbourhood(
    chunks: Chunks, extent: _Extent, cell_counts: npt.NDArray[np.int64], rank: int
) -> tuple[Numbers, int]:
    """Some numbers in ascending order, none missing between them, and where among them the one of that rank is.

    They are found by looking into ever smaller cells until the numbers in one are few.
    """
    bounds = (extent.minimum, extent.maximum)
    trail: list[tuple[float, float, int]] = []
    while True:
        cell = int(np.searchsorted(np.cumsum(cell_counts), rank, side="right"))
        rank -= int(cell_counts[:cell].sum())
        trail.append((*bounds, cell))
        if cell_counts[cell] <= COLLECTED:
            return np.sort(np.concatenate([_inside(chunk, trail) for chunk in chunks()])), rank
        extremes = [(part.min(), part.max()) for part in (_inside(chunk, trail) for chunk in chunks()) if len(part)]
        bounds = (float(min(low for low, _ in extremes)), float(max(high for _, high in extremes)))
        if bounds[0] == bounds[1]:
            return np.full(int(cell_counts[cell]), bounds[0]), rank
        cell_counts = np.zeros(CELLS, dtype=np.int64)
        for chunk in chunks():
            cell_counts += np.bincount(_cells(_inside(chunk, trail), *bounds), minlength=CELLS)


def _inside(values: Numbers, trail: list[tuple[float, float, int]]) -> Numbers:
    for low, high, cell in trail:
        values = values[_cells(values, low, high) == cell]
    return values
