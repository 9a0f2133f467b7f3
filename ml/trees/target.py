"""The objective of a tree in training: what a group of rows holds, how much they disagree, what a node says of them."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ml.decimals import plain
from ml.trees.nodes import Node
from ml.trees.statistics import expected_error, numeric_summary, shared_error, wilson

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows sorted into cells: how many are in each, and the sums by which groups are compared.

    `sums` has a row for each cell: weights by class, or the weight and the weighted sum of the numbers.
    """

    counts: Floats
    sums: Floats


class Group(Protocol):
    """The objective of the rows of one node; the rows are known by their place in the group."""

    @property
    def size(self) -> int:
        """The number of rows."""
        ...

    @property
    def spread(self) -> float:
        """How much the rows disagree; a reduction that is tiny beside it is an error of rounding."""
        ...

    @property
    def width(self) -> int:
        """How many sums a cell has."""
        ...

    def tabulate(self, cells: NDArray[Any], size: int, members: Rows | None = None) -> Table:
        """The table of `size` cells, given the cell of each row, or of each of these `members`."""
        ...

    def error(self, sums: Floats) -> Floats:
        """How much parts of the group disagree, up to a constant; splitting makes the sum of the errors less."""
        ...

    def node(self, parent: Node | None) -> Node:
        """The node of these rows, without an id and without branches."""
        ...


class Target(Protocol):
    """The objective of all training rows."""

    @property
    def is_weighted(self) -> bool:
        """Whether rows count by weights of their own."""
        ...

    def group(self, rows: Rows) -> Group:
        """The objective of some of the rows."""
        ...


@dataclass(frozen=True, slots=True)
class ClassTarget:
    """A categorical objective: the class of each row by its place in `classes`, which are in alphabetical order.

    `order` is the place of each class in the order that decides ties.
    """

    classes: tuple[str, ...]
    order: Rows
    codes: Rows
    weights: Floats | None

    @property
    def is_weighted(self) -> bool:
        """Whether rows count by weights of their own."""
        return self.weights is not None

    def group(self, rows: Rows) -> "ClassGroup":
        """The classes of some of the rows."""
        return ClassGroup(self, self.codes[rows], None if self.weights is None else self.weights[rows])


class ClassGroup:
    """Rows that disagree by the entropy of their classes, in bits: a reduction is the information gained."""

    def __init__(self, target: ClassTarget, codes: Rows, weights: Floats | None) -> None:
        self._target, self._codes, self._weights = target, codes, weights
        self.size = len(codes)
        self.width = len(target.classes)
        self._counts = np.bincount(codes, minlength=self.width)
        self._sums = self._counts.astype(np.float64)
        if weights is not None:
            self._sums = _totals(codes, self.width, weights)
        self.spread = float(self.error(self._sums))

    def tabulate(self, cells: NDArray[Any], size: int, members: Rows | None = None) -> Table:
        """Rows, or their weights, by cell and class."""
        chosen: Any = ... if members is None else members
        places = (cells * np.intp(self.width) + self._codes[chosen]).ravel()
        counted = _totals(places, size * self.width).reshape(size, self.width)
        counts = counted.sum(axis=1)
        if self._weights is None:
            return Table(counts, counted)
        weights = np.broadcast_to(self._weights[chosen], cells.shape).ravel()
        return Table(counts, _totals(places, size * self.width, weights).reshape(size, self.width))

    def error(self, sums: Floats) -> Floats:
        """The entropy of each part, times its weight."""
        entropy: Floats = _information(sums.sum(axis=-1)) - _information(sums).sum(axis=-1)
        return entropy

    def node(self, parent: Node | None) -> Node:
        """Class counts, the most frequent class (on a tie the first in order) and its Wilson bound."""
        del parent
        categories = self._ranked(self._counts)
        if self._weights is None:
            output, amount = categories[0]
            return Node(0, self.size, output, plain(wilson(amount / self.size, self.size)), {"categories": categories})
        weighted = self._ranked(self._sums)
        output, amount = weighted[0]
        share = amount / sum(weight for _, weight in weighted)
        return Node(
            0,
            self.size,
            output,
            plain(wilson(share, self.size)),
            {"categories": categories},
            {"categories": weighted},
            plain(float(self._sums.sum())),
        )

    def _ranked(self, amounts: NDArray[Any]) -> list[list[Any]]:
        written = {int(code): plain(amounts[code]) for code in np.flatnonzero(self._counts)}
        ranked = sorted(written, key=lambda code: (-written[code], self._target.order[code]))
        return [[self._target.classes[code], written[code]] for code in ranked]


@dataclass(frozen=True, slots=True)
class NumberTarget:
    """A numeric objective: the value of each row, in five decimals."""

    values: Floats
    weights: Floats | None

    @property
    def is_weighted(self) -> bool:
        """Whether rows count by weights of their own."""
        return self.weights is not None

    def group(self, rows: Rows) -> "NumberGroup":
        """The values of some of the rows."""
        return NumberGroup(self.values[rows], None if self.weights is None else self.weights[rows])


class NumberGroup:
    """Rows that disagree by the squares of their distances to the mean."""

    width = 2

    def __init__(self, values: Floats, weights: Floats | None) -> None:
        self._values, self._weights = values, weights
        self.size = len(values)
        self._total = float(self.size) if weights is None else float(weights.sum())
        self._mean = float(np.average(values, weights=weights))
        # Sums are taken around the mean of the group: of great numbers that differ little, enough digits are left.
        self._distances = values - self._mean
        squares = self._distances * self._distances
        self._squares = float(squares.sum() if weights is None else (squares * weights).sum())
        self._is_constant = bool((values == values[0]).all())
        self.spread = 0.0 if self._is_constant else self._squares
        if weights is not None:
            self._distances *= weights

    def tabulate(self, cells: NDArray[Any], size: int, members: Rows | None = None) -> Table:
        """Weight, and weighted sum of the distances to the mean of the group, by cell."""
        chosen: Any = ... if members is None else members
        places = cells.ravel()
        distances = np.broadcast_to(self._distances[chosen], cells.shape).ravel()
        totals = _totals(places, size, distances)
        weights = counts = _totals(places, size)
        if self._weights is not None:
            own = np.broadcast_to(self._weights[chosen], cells.shape).ravel()
            weights = _totals(places, size, own)
        return Table(counts, np.stack([weights, totals], axis=-1))

    def error(self, sums: Floats) -> Floats:
        """The squares that the mean of each part leaves, less those that all parts share."""
        weights, totals = sums[..., 0], sums[..., 1]
        explained = np.zeros_like(weights)
        np.divide(totals * totals, weights, out=explained, where=weights > 0)
        return -explained

    def node(self, parent: Node | None) -> Node:
        """Mean, expected error and distribution of the values; the error of a single value comes from the parent."""
        variance = self._squares / (self._total - 1) if self._total > 1 else np.nan
        error = None if self._is_constant else expected_error(variance, self._total)
        if error is None:
            error = shared_error(None if parent is None else parent.confidence, self.size)
        weights = self._weights
        return Node(
            0,
            self.size,
            plain(self._mean),
            plain(error),
            numeric_summary(self._values),
            None if weights is None else numeric_summary(self._values, weights),
            None if weights is None else plain(self._total),
        )


def _totals(places: Rows, size: int, weights: Floats | None = None) -> Floats:
    return np.bincount(places, weights=weights, minlength=size).astype(np.float64, copy=False)


def _information(amounts: Floats) -> Floats:
    logarithms = np.zeros_like(amounts)
    np.log2(amounts, out=logarithms, where=amounts > 0)
    logarithms *= amounts
    return logarithms
