"""Which rows of a dataset are taken: ranges, seeded samples and their complements, and splits into train and test."""

import hashlib
import math
import secrets
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.errors import ArgumentError

Rows = npt.NDArray[np.int64]
"""Row numbers from 0, ascending."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What to take of a number of rows: those in `range` (from 1, both ends included), then the share `rate` of them.

    With `replacement` a row may come several times; `out_of_bag` takes exactly the rows that the same selection
    without it leaves. The same seed, rate and number of rows give the same rows; without a seed they are random.
    """

    range: tuple[int, int] | None = None
    rate: float = 1.0
    seed: str | None = None
    replacement: bool = False
    out_of_bag: bool = False

    @property
    def takes_all(self) -> bool:
        """Whether every row is taken once."""
        return self.range is None and self.rate == 1.0 and not self.replacement and not self.out_of_bag


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers to train on and to test on, ascending and without a row in common."""

    train: Rows
    test: Rows


def select(rows: int, selection: Selection) -> Rows:
    """The numbers of the selected ones of so many rows, exactly ⌊rate · rows in range⌋ of them, in their order.

    Raises ArgumentError with the argument in its path for a range outside the rows or a rate that is none.
    """
    first, last = _bounds(rows, selection.range)
    return first + sample(last - first, selection)


def ranged(rows: int, selection: Selection) -> Rows:
    """The numbers of all rows in the range of a selection. Raises ArgumentError for a range outside the rows."""
    first, last = _bounds(rows, selection.range)
    return np.arange(first, last, dtype=np.int64)


def sample(count: int, selection: Selection) -> Rows:
    """Positions drawn from so many by the rate of a selection, whatever its range. Raises ArgumentError for a rate
    that is none."""
    if not (0.0 < selection.rate <= 1.0):
        raise ArgumentError(
            f"sample_rate must be greater than 0 and at most 1, not {selection.rate}.", ("sample_rate",)
        )
    # A rate such as 0.29 is a little less than it says; the nudge is far below what one row of a dataset can matter.
    wanted = min(math.floor(selection.rate * count + 1e-9 * max(count, 1)), count)
    if selection.replacement:
        drawn = np.sort((_random(count, selection.seed)[:wanted] * count).astype(np.int64))
    elif wanted == count:
        drawn = np.arange(count, dtype=np.int64)
    else:
        # The rows with the smallest numbers: the same rows and more at a higher rate, without sorting them all.
        drawn = np.sort(np.argpartition(_random(count, selection.seed), wanted)[:wanted])
    if not selection.out_of_bag:
        return drawn
    left = np.ones(count, dtype=bool)
    left[drawn] = False
    return np.flatnonzero(left)


def holdout(rows: int, *, share: float, seed: str | None = None, labels: Sequence[Hashable] | None = None) -> Split:
    """A split with ⌊share · rows⌋ rows to test on; with labels each of them has its part of those, give or take one.

    Raises ArgumentError when the share leaves nothing to train or to test on.
    """
    wanted = math.floor(share * rows + 1e-9 * max(rows, 1))
    if not 0 < wanted < rows:
        raise ArgumentError(f"A share of {share} of {rows} rows leaves one side empty.", ("share",))
    order = _by_label(_shuffled(rows, seed), labels)
    places = (np.arange(wanted) * 2 + 1) * rows // (2 * wanted)
    return _split(rows, order[places])


def folds(rows: int, *, count: int, seed: str | None = None, labels: Sequence[Hashable] | None = None) -> list[Split]:
    """Splits of which every row is tested on in exactly one; the tests differ in size by one row at most.

    With labels so do the numbers of rows of each label. Raises ArgumentError for less than two folds or more folds
    than rows.
    """
    if not 2 <= count <= rows:
        raise ArgumentError(f"The number of folds must be between 2 and the number of rows, {rows}.", ("folds",))
    order = _by_label(_shuffled(rows, seed), labels)
    return [_split(rows, order[start::count]) for start in range(count)]


def _random(count: int, seed: str | None) -> npt.NDArray[np.float64]:
    """Numbers from 0 to below 1 that depend on nothing but the seed; without one they are random.

    Raw bits of a named generator stay the same in every version of NumPy, which its shuffling does not.
    """
    digest = secrets.token_bytes(32) if seed is None else hashlib.sha256(seed.encode()).digest()
    bits = np.random.PCG64(int.from_bytes(digest, "big")).random_raw(count)
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _shuffled(count: int, seed: str | None) -> Rows:
    return np.argsort(_random(count, seed), kind="stable")


def _by_label(order: Rows, labels: Sequence[Hashable] | None) -> Rows:
    """The same rows with those of one label together, labels in the order of their first row."""
    if labels is None:
        return order
    if len(labels) != len(order):
        raise ArgumentError(f"There are {len(labels)} labels for {len(order)} rows.", ("labels",))
    numbers: dict[Hashable, int] = {}
    codes = np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)
    return order[np.argsort(codes[order], kind="stable")]


def _bounds(rows: int, range_: tuple[int, int] | None) -> tuple[int, int]:
    if range_ is None:
        return 0, rows
    first, last = range_
    if not 1 <= first <= last <= rows:
        raise ArgumentError(f"range must be between 1 and {rows}, not [{first}, {last}].", ("range",))
    return first - 1, last


def _split(rows: int, test: Rows) -> Split:
    tested = np.zeros(rows, dtype=bool)
    tested[test] = True
    return Split(np.flatnonzero(~tested), np.flatnonzero(tested))
