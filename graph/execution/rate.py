"""How fast each caller may spend points: one token bucket a key, kept in memory."""

import time
from collections import OrderedDict
from collections.abc import Callable

#: Buckets kept; the least recently used caller starts afresh with a full one.
CALLERS_KEPT = 10_000


class TokenBuckets:
    """A bucket of `burst` points for each key, refilled with `per_second` points a second."""

    def __init__(
        self,
        *,
        burst: float,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        kept: int = CALLERS_KEPT,
    ) -> None:
        self._burst = burst
        self._per_second = per_second
        self._clock = clock
        self._kept = kept
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, points: float) -> float:
        """Take points from the bucket of `key`: zero where they were there, else the seconds until they will be.

        What is refused costs nothing. More than a full bucket is never asked for: such a price empties it.
        """
        now = self._clock()
        left, at = self._buckets.get(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        wanted = min(points, self._burst)
        granted = wanted <= left
        self._buckets[key] = (left - wanted if granted else left, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._kept:
            self._buckets.popitem(last=False)
        return 0.0 if granted else (wanted - left) / self._per_second
