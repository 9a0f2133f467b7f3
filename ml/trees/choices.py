"""The questions that can be asked of the rows of a node, input by input, with the rows that each answer would take."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.decimals import plain
from ml.trees.columns import CODES, SORTED_ROWS, CategoricalColumn, Columns, Floats, NumericColumns, TermColumn
from ml.trees.split import Question, Split, missing_split
from ml.trees.target import Group, Rows, Table

_CHUNK = 1 << 21
"""So many numbers are worked on together, which bounds the memory of a search."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Questions about one or more inputs: the rows of both answers, and those without a value, in tables of one order.

    `build` makes the split of a question, given the branch of the missing values. `missing` is None for questions
    that a missing value answers as well.
    """

    first: Table
    second: Table
    missing: Table | None
    build: Callable[[int, int | None], Split]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which questions are asked."""

    split_candidates: int
    """At most so many cut points of a number; they share out the rows evenly."""
    missing_splits: bool
    """Whether it may be asked if a value is missing."""


def choices(columns: Columns, group: Group, rows: Rows, inputs: Collection[str], scope: Scope) -> Iterator[Choices]:
    """All questions in the scope about these inputs."""
    numeric = columns.numeric
    features = np.array([index for index, id_ in enumerate(numeric.ids) if id_ in inputs], np.intp)
    by_cells = len(rows) > SORTED_ROWS
    width = CODES * group.width if by_cells else max(len(rows), scope.split_candidates * group.width)
    step = max(1, _CHUNK // width)
    for start in range(0, len(features), step):
        chunk = features[start : start + step]
        yield from (_by_cells if by_cells else _by_values)(numeric, group, rows, chunk, scope)
    for column in columns.categorical:
        if column.id in inputs:
            yield from _categories(column, group, rows, scope)
    for text in columns.text:
        if text.field.id in inputs:
            yield from _terms(text, group, rows, scope.split_candidates)


def _by_values(numeric: NumericColumns, group: Group, rows: Rows, features: Rows, scope: Scope) -> Iterator[Choices]:
    values = numeric.values[features[:, None], rows]
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    filled = len(rows) - np.isnan(ordered).sum(axis=1)
    changes = ordered[:, :-1] < ordered[:, 1:]
    chosen = _spread(changes, np.arange(1.0, len(rows))[None, :], filled, scope.split_candidates)

    slots = scope.split_candidates + 2
    cells = np.zeros(ordered.shape, np.intp)
    np.cumsum(chosen, axis=1, out=cells[:, 1:])
    cells[np.arange(len(rows)) >= filled[:, None]] = slots - 1
    cells += slots * np.arange(len(features))[:, None]
    table = group.tabulate(cells, slots * len(features), order)
    counts = table.counts.reshape(len(features), slots)
    sums = table.sums.reshape(len(features), slots, group.width)

    owners, positions = np.nonzero(chosen)
    numbers = chosen.cumsum(axis=1)[owners, positions] - 1
    below = Table(counts.cumsum(axis=1)[owners, numbers], sums.cumsum(axis=1)[owners, numbers])
    missing = Table(counts[:, -1], sums[:, -1])
    present = Table(counts[:, :-1].sum(axis=1), sums[:, :-1].sum(axis=1))

    def cut(index: int) -> float:
        owner, position = owners[index], positions[index]
        return _between(ordered[owner, position], ordered[owner, position + 1])

    ids = [numeric.ids[feature] for feature in features]
    yield _cuts(ids, owners, below, Table(missing.counts[owners], missing.sums[owners]), present, cut)
    if scope.missing_splits:
        yield _missing(ids, missing, present)


def _by_cells(numeric: NumericColumns, group: Group, rows: Rows, features: Rows, scope: Scope) -> Iterator[Choices]:
    size = numeric.lows.shape[1]
    tables = [group.tabulate(numeric.codes[feature][rows], size) for feature in features]
    counts = np.stack([table.counts for table in tables])
    sums = np.stack([table.sums for table in tables])
    reached = counts[:, 1:].cumsum(axis=1)
    filled = reached[:, -1]
    changes = (counts[:, 1:] > 0) & (reached < filled[:, None])
    owners, positions = np.nonzero(_spread(changes, reached, filled, scope.split_candidates))
    below = Table(reached[owners, positions], sums[:, 1:].cumsum(axis=1)[owners, positions])
    missing = Table(counts[:, 0], sums[:, 0])
    present = Table(reached[:, -1], sums[:, 1:].sum(axis=1))

    def cut(index: int) -> float:
        owner, cell = owners[index], positions[index] + 1
        above = cell + 1 + int(np.argmax(counts[owner, cell + 1 :] > 0))
        feature = features[owner]
        return _between(numeric.highs[feature, cell], numeric.lows[feature, above])

    ids = [numeric.ids[feature] for feature in features]
    yield _cuts(ids, owners, below, Table(missing.counts[owners], missing.sums[owners]), present, cut)
    if scope.missing_splits:
        yield _missing(ids, missing, present)


def _cuts(
    ids: list[str], owners: Rows, below: Table, missing: Table, present: Table, cut: Callable[[int], float]
) -> Choices:
    """Questions by cut points: the rows up to each and those without a value, and by input those with one."""

    def build(index: int, side: int | None) -> Split:
        return Split(ids[owners[index]], Question.GREATER, plain(cut(index)), missing_side=side)

    above = Table(present.counts[owners] - below.counts, present.sums[owners] - below.sums)
    return Choices(above, below, missing, build)


def _missing(ids: list[str], missing: Table, present: Table) -> Choices:
    return Choices(missing, present, None, lambda index, _: missing_split(ids[index]))


def _categories(column: CategoricalColumn, group: Group, rows: Rows, scope: Scope) -> Iterator[Choices]:
    used, cells = np.unique(np.append(column.codes[rows], np.int32(-1)), return_inverse=True)
    table = group.tabulate(cells[:-1], len(used))
    names = [column.categories[code] for code in used[1:]]
    first = Table(table.counts[1:], table.sums[1:])
    present = Table(first.counts.sum(keepdims=True), first.sums.sum(axis=0, keepdims=True))
    missing = Table(table.counts[:1], table.sums[:1])

    def build(index: int, side: int | None) -> Split:
        return Split(column.id, Question.EQUAL, names[index], missing_side=side)

    second = Table(present.counts - first.counts, present.sums - first.sums)
    yield Choices(first, second, Table(missing.counts.repeat(len(names)), missing.sums.repeat(len(names), 0)), build)
    if scope.missing_splits:
        yield _missing([column.id], missing, present)


def _terms(column: TermColumn, group: Group, rows: Rows, cuts: int) -> Iterator[Choices]:
    places, owners = column.entries(rows)
    terms, occurrences = column.terms[places], column.occurrences[places]
    whole = group.tabulate(np.zeros(len(rows), np.intp), 1)
    for more_than in range(cuts):
        kept = occurrences > more_than
        terms, occurrences, owners = terms[kept], occurrences[kept], owners[kept]
        if not len(terms):
            return
        used, cells = np.unique(terms, return_inverse=True)
        first = group.tabulate(cells, len(used), owners)
        second = Table(whole.counts - first.counts, whole.sums - first.sums)

        def build(index: int, side: int | None, used: NDArray[np.int32] = used, more_than: int = more_than) -> Split:
            del side
            return column.split(used[index], more_than)

        yield Choices(first, second, None, build)


def _spread(changes: NDArray[np.bool_], reached: Floats, filled: NDArray[Any], limit: int) -> NDArray[np.bool_]:
    """At most so many of the places where values change, in each row of the arrays; `reached` rows lie up to each."""
    crowded = changes.sum(axis=1) > limit
    if not crowded.any():
        return changes
    shares = np.floor(reached * (limit + 1) / np.maximum(filled, 1)[:, None])
    levels = np.where(changes, shares, 0)
    before = np.zeros_like(levels)
    np.maximum.accumulate(levels[:, :-1], axis=1, out=before[:, 1:])
    kept: NDArray[np.bool_] = changes & ((levels > before) | ~crowded[:, None])
    return kept


def _between(low: float, high: float) -> float:
    """Midway between two neighbouring values, in five decimals, and never so that the upper one is not above it."""
    middle = float(plain(low / 2 + high / 2))
    return middle if low <= middle < high else float(low)
