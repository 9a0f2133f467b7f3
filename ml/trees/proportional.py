"""Scoring when a missing value is taken to follow both branches, each in proportion to its training rows.

The order in which distributions are merged, shortened and averaged is that of BigML's local predictors.
"""

from collections.abc import Sequence
from typing import Any

from ml.decimals import pairs, plain
from ml.inputs import Values
from ml.trees.nodes import Node
from ml.trees.scoring import Evidence, evidence_of, shown
from ml.trees.statistics import (
    BINS_LIMIT,
    confidences,
    expected_error,
    mean,
    median,
    merge_nearest,
    shared_error,
    variance,
)


def proportional_evidence(trail: Sequence[Node], values: Values) -> Evidence:
    """What a row finds whose values lead along this trail of nodes, and below its last one into several leaves."""
    last = trail[-1]
    merged, population = _merged(last, values)
    if isinstance(last.output, str):
        return _of_classes(last, merged, population)
    return _of_numbers(last, trail[-2] if len(trail) > 1 else None, merged, population)


def _merged(node: Node, values: Values) -> tuple[dict[Any, float], int]:
    """The distributions of all leaves that the values allow, added up, and the number of their rows."""
    if node.split is None:
        return dict(node.distribution), node.count
    side = node.split.side(values.get(node.split.field_id))
    if side is not None:
        return _merged(node.children[side], values)
    total: dict[Any, float] = {}
    population = 0
    for child in node.children:
        distribution, rows = _merged(child, values)
        population += rows
        for value, amount in distribution.items():
            total[value] = total.get(value, 0) + amount
    return total, population


def _of_classes(node: Node, merged: dict[Any, float], population: int) -> Evidence:
    ranked = sorted(merged.items(), key=lambda entry: (-entry[1], entry[0]))
    output = ranked[0][0]
    confidence = confidences(ranked, population)[output]
    return Evidence(output, confidence, ranked, population, shown(node, {"categories": pairs(ranked)}, confidence))


def _of_numbers(node: Node, parent: Node | None, merged: dict[Any, float], population: int) -> Evidence:
    if len(merged) == 1 and next(iter(merged.values())) == 1:
        return evidence_of(node)
    distribution = merge_nearest(sorted(merged.items()), BINS_LIMIT)
    error: float | None
    if len(distribution) == 1:
        output, rows = distribution[0]
        error = shared_error(None if parent is None else parent.confidence, 1 if rows < 2 else rows)
    else:
        output = mean(distribution)
        error = expected_error(variance(distribution, output), population)
    middle = median(distribution)
    summary = {
        "counts" if len(merged) <= BINS_LIMIT else "bins": pairs(distribution),
        "minimum": plain(min(merged)),
        "maximum": plain(max(merged)),
        "median": None if middle is None else plain(middle),
    }
    return Evidence(plain(output), error, distribution, population, shown(node, summary, error))
