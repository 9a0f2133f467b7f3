"""Growing a decision tree: the leaf whose split reduces the error most is split next, while one is worth it."""

import hashlib
import heapq
import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.fields import Field, Optype
from ml.predictor import Task
from ml.trees.choices import Scope
from ml.trees.document import TreeModel
from ml.trees.nodes import Node, preorder
from ml.trees.parameters import DEPTH_LIMIT, TreeParameters
from ml.trees.pruning import prune
from ml.trees.routing import sides
from ml.trees.search import Found, Search
from ml.trees.split import Split
from ml.trees.target import Group, Rows
from ml.trees.training import Summaries, Training, load_training

Progress = Callable[[float, dict[str, Any]], None]
"""Told the share of the work that is done, and what there is to say about it (JSON values)."""

_REPORT_EVERY = 16


def grow(
    data: Path,
    fields: Sequence[Field],
    summaries: Summaries,
    *,
    objective: str,
    inputs: Sequence[str],
    parameters: TreeParameters | None = None,
    rows: NDArray[Any] | None = None,
    progress: Progress | None = None,
) -> TreeModel:
    """The decision tree of a Parquet dataset: classification for a categorical objective, regression for a number.

    `fields` and `summaries` are those of the dataset, `objective` and `inputs` ids of its fields. `rows` are the
    places of the rows to learn from, which may repeat; all by default. The same arguments and data give the same tree.
    Raises ArgumentError for arguments that do not fit the data, DataError when no row can be learnt from.
    """
    parameters = parameters or TreeParameters()
    report = progress or _silently
    training = load_training(
        data,
        fields,
        summaries,
        objective=objective,
        inputs=inputs,
        parameters=parameters,
        rows=rows,
        progress=lambda done: report(0.5 * done, {"stage": "reading"}),
    )
    root, reductions = _Growth(training, parameters).run(lambda done, about: report(0.5 + 0.5 * done, about))
    if parameters.stat_pruning:
        prune(root, 0.01 * training.size if parameters.selective_pruning else math.inf)
    gains: dict[str, float] = {}
    for number, node in enumerate(preorder(root)):
        node.id = number
        if node.split is not None:
            gains[node.split.field_id] = gains.get(node.split.field_id, 0.0) + reductions[id(node)]
    task = Task.REGRESSION if training.objective.optype is Optype.NUMERIC else Task.CLASSIFICATION
    report(1.0, {"stage": "done", "nodes": number + 1})
    return TreeModel.of(training, parameters, root, gains, task)


@dataclass(slots=True)
class _Open:
    """A leaf that may be split: its rows and its best split."""

    node: Node
    depth: int
    rows: Rows
    group: Group
    found: Found
    refused: list[Split] = field(default_factory=list)


class _Growth:
    def __init__(self, training: Training, parameters: TreeParameters) -> None:
        self._training, self._parameters = training, parameters
        scope = Scope(parameters.split_candidates, parameters.missing_splits)
        self._search = Search(training.columns, scope, max(1, parameters.support_threshold * training.size))
        self._depth = min(parameters.depth_threshold, DEPTH_LIMIT)
        self._inputs = [item.id for item in training.inputs]
        self._random = np.random.default_rng(_seed(parameters.seed))
        self._queue: list[tuple[float, int, _Open]] = []
        self._seen = 0
        self.reductions: dict[int, float] = {}

    def run(self, progress: Progress) -> tuple[Node, dict[int, float]]:
        """The root of the grown tree, and by identity of each inner node the reduction that its split brought."""
        training, limit = self._training, self._parameters.node_threshold
        everyone = np.arange(training.size)
        group = training.target.group(everyone)
        root = group.node(None)
        nodes = 1
        self._offer(root, 0, everyone, group)
        while self._queue and nodes + 2 <= limit:
            _, _, best = heapq.heappop(self._queue)
            if not self._split(best):
                continue
            nodes += 2
            if nodes % _REPORT_EVERY < 2:
                progress(min(nodes / limit, 1.0), {"stage": "growing", "nodes": nodes})
        return root, self.reductions

    def _offer(self, node: Node, depth: int, rows: Rows, group: Group, refused: Collection[Split] = ()) -> None:
        """Queues a leaf for splitting if that is any use."""
        if depth >= self._depth or not group.spread > 0 or len(rows) < 2 * self._search.support:
            return
        for inputs in self._candidates():
            found = self._search.best(group, rows, inputs, refused)
            if found is not None:
                self._seen += 1
                leaf = _Open(node, depth, rows, group, found, [*refused])
                heapq.heappush(self._queue, (-found.reduction, self._seen, leaf))
                return

    def _split(self, leaf: _Open) -> bool:
        """Gives a leaf its branches, unless the rows fall otherwise than the search had counted."""
        split = leaf.found.split
        answers = sides(split, self._training.columns.column(split.field_id), leaf.rows)
        taken = [leaf.rows[answers == side] for side in (0, 1)]
        if min(map(len, taken)) < self._search.support:
            self._offer(leaf.node, leaf.depth, leaf.rows, leaf.group, [*leaf.refused, split])
            return False
        groups = [self._training.target.group(rows) for rows in taken]
        leaf.node.split = split
        leaf.node.children = [group.node(leaf.node) for group in groups]
        self.reductions[id(leaf.node)] = leaf.found.reduction
        for child, rows, group in zip(leaf.node.children, taken, groups, strict=True):
            self._offer(child, leaf.depth + 1, rows, group)
        return True

    def _candidates(self) -> Iterator[Collection[str]]:
        """The inputs to try at a node; when none of them helps, the next ones."""
        parameters, count = self._parameters, len(self._inputs)
        if not parameters.randomize or not count:
            yield self._inputs
            return
        tried = parameters.random_candidates or math.isqrt(count)
        if parameters.random_candidates is None and parameters.random_candidate_ratio is not None:
            tried = round(count * parameters.random_candidate_ratio)
        tried = min(max(tried, 1), count)
        shuffled = [self._inputs[place] for place in self._random.permutation(count)]
        for start in range(0, count, tried):
            yield set(shuffled[start : start + tried])


def _silently(done: float, about: dict[str, Any]) -> None:
    del done, about


def _seed(seed: str | int | None) -> int:
    digest = hashlib.sha256(repr(seed).encode()).digest()
    return int.from_bytes(digest[:8], "big")
