"""The best split of one node: of all questions about its rows, the one that makes them disagree least."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import numpy as np

from ml.trees.choices import Choices, Scope, choices
from ml.trees.columns import Columns
from ml.trees.split import Split
from ml.trees.target import Group, Rows, Table

_NOISE = 1e-10
"""A reduction that is a smaller part of what the rows disagree by than this comes from rounding."""


@dataclass(frozen=True, slots=True)
class Found:
    """A split and by how much it reduces the error of its node."""

    reduction: float
    split: Split


@dataclass(frozen=True, slots=True)
class Search:
    """How splits are found in one training: what a branch must hold, how many cut points of a number are tried."""

    columns: Columns
    scope: Scope
    support: float
    """The least number of rows of a branch."""

    def best(self, group: Group, rows: Rows, inputs: Collection[str], refused: Collection[Split] = ()) -> Found | None:
        """The split of these rows by one of the inputs that reduces the error of their group most, None if none does.

        Of equal ones the split of the earlier input wins, then the lower cut point or the earlier category. `refused`
        ones are passed over.
        """
        best: tuple[float, int] | None = None
        winner: Found | None = None
        for offered in choices(self.columns, group, rows, inputs, self.scope):
            for found in self._winners(offered, group, refused):
                rank = found.reduction, -self.columns.position[found.split.field_id]
                if best is None or rank > best:
                    best, winner = rank, found
        return winner

    def _winners(self, offered: Choices, group: Group, refused: Collection[Split]) -> Iterator[Found]:
        """The best of the questions, once for each branch that missing values may take."""
        first, second, missing, build = offered.first, offered.second, offered.missing, offered.build
        if missing is None or not self.scope.missing_splits or not missing.counts.any():
            yield from self._winner(group, first, second, lambda index: build(index, None), refused)
            return
        counts = missing.counts
        for side, one, other in ((0, _sum(first, missing), second), (1, first, _sum(second, missing))):

            def build_so(index: int, side: int = side) -> Split:
                return build(index, side if counts[index] else None)

            yield from self._winner(group, one, other, build_so, refused)

    def _winner(
        self, group: Group, first: Table, second: Table, build: Callable[[int], Split], refused: Collection[Split]
    ) -> Iterator[Found]:
        if not len(first.counts):
            return
        reductions = group.error(first.sums + second.sums) - group.error(first.sums) - group.error(second.sums)
        reductions[np.minimum(first.counts, second.counts) < self.support] = -np.inf
        ranked = np.argsort(-reductions, kind="stable") if refused else [reductions.argmax()]
        for index in ranked:
            if not reductions[index] > group.spread * _NOISE:
                return
            split = build(int(index))
            if split not in refused:
                yield Found(float(reductions[index]), split)
                return


def _sum(one: Table, other: Table) -> Table:
    return Table(one.counts + other.counts, one.sums + other.sums)
