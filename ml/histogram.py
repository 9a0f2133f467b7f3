"""Histograms of numbers: bins that follow the data, and bins of one round width."""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BIN_LIMIT = 32
"""Most bins of a histogram of either kind."""

_ROUND = (1, 2, 5)
_NUDGE = 1e-9
"""Keeps a value that is a multiple of the width from falling below its bin because of binary fractions."""


@dataclass(frozen=True, slots=True)
class RoundBins:
    """Bins of a width like 0.2 or 50 that cover a range; the first begins at a multiple of the width."""

    first: int
    count: int
    mantissa: int
    exponent: int

    @property
    def width(self) -> float:
        """The width of each bin."""
        return float(f"{self.mantissa}e{self.exponent}")

    @property
    def start(self) -> float:
        """Where the first bin begins."""
        return float(f"{self.first * self.mantissa}e{self.exponent}")

    def indices(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """The number of the bin that each value falls into."""
        # Below 1 the reciprocal of the width is a whole number and multiplying by it is exact, which dividing is not.
        places = values * (10.0**-self.exponent / self.mantissa) if self.exponent < 0 else values / self.width
        places += _NUDGE - self.first
        numbers = places.astype(np.int64)
        return np.clip(numbers, 0, self.count - 1, out=numbers)


def round_bins(minimum: float, maximum: float, *, are_whole: bool) -> RoundBins | None:
    """The narrowest bins of round width that cover a range with at most `BIN_LIMIT` of them; None without such.

    For whole numbers they are at least 1 wide.
    """
    if minimum == maximum:
        exponent = 0
    else:
        span = maximum - minimum
        if not math.isfinite(span) or span < abs(maximum) * 1e-12:
            return None
        exponent = math.floor(math.log10(span / BIN_LIMIT)) - 1
    if are_whole:
        exponent = max(exponent, 0)
    for power in range(exponent, exponent + 4):
        for mantissa in _ROUND:
            first, last = (math.floor(_scaled(edge, power) / mantissa + _NUDGE) for edge in (minimum, maximum))
            if last - first < BIN_LIMIT:
                return RoundBins(first, last - first + 1, mantissa, power)
    return None


def merged_bins(means: Sequence[float], counts: Sequence[int], limit: int = BIN_LIMIT) -> list[list[float]]:
    """At most `limit` bins `[mean, count]` in ascending order, made from more by joining the nearest neighbours.

    The mean of a joined bin is weighted; of equally near pairs the leftmost is joined first.
    """
    size = len(means)
    mean, count = [float(value) for value in means], [int(value) for value in counts]
    following, preceding = list(range(1, size + 1)), list(range(-1, size - 1))
    alive, version = [True] * size, [0] * size
    heap = [(mean[index + 1] - mean[index], index, 0, 0) for index in range(size - 1)]
    heapq.heapify(heap)
    remaining = size
    while remaining > limit:
        _, left, left_version, right_version = heapq.heappop(heap)
        right = following[left]
        if not alive[left] or right >= size or (version[left], version[right]) != (left_version, right_version):
            continue
        total = count[left] + count[right]
        mean[left] += (mean[right] - mean[left]) * (count[right] / total)
        count[left] = total
        alive[right] = False
        version[left] += 1
        remaining -= 1
        following[left] = following[right]
        if following[right] < size:
            preceding[following[right]] = left
            after = following[right]
            heapq.heappush(heap, (mean[after] - mean[left], left, version[left], version[after]))
        if preceding[left] >= 0:
            before = preceding[left]
            heapq.heappush(heap, (mean[left] - mean[before], before, version[before], version[left]))
    return [[mean[index], count[index]] for index in range(size) if alive[index]]


def _scaled(value: float, power: int) -> float:
    return value * 10.0**-power if power < 0 else value / 10.0**power
