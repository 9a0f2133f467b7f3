"""What each field added to one prediction on the way from the root of a tree."""

from collections.abc import Sequence
from itertools import pairwise

from ml.inputs import Values
from ml.predictor import Contribution, Explanation, Outcome
from ml.trees.nodes import Node


def explain(trail: Sequence[Node], values: Values, outcome: Outcome, scores: Sequence[float]) -> Explanation:
    """The explanation of an outcome whose values led along these nodes, each with its score.

    A field gets what the score changed by at its splits; what the merging of several branches changed belongs to the
    field whose value was missing. The score is the probability of the predicted class, or the predicted number.
    """
    final = outcome.output if isinstance(outcome.output, float) else outcome.probability or 0.0
    # A leaf's own score can differ from the answer in the last digits: bins stand for its values.
    reached = [*scores[:-1], final] if trail[-1].split is None else [*scores, final]
    added: dict[str, float] = {}
    for node, (before, after) in zip(trail, pairwise(reached), strict=False):
        if node.split is not None and after != before:
            added[node.split.field_id] = added.get(node.split.field_id, 0.0) + after - before
    ranked = sorted(added, key=lambda id_: -abs(added[id_]))
    return Explanation(
        reached[0],
        tuple(Contribution(id_, values.get(id_), added[id_]) for id_ in ranked),
        outcome.output if isinstance(outcome.output, str) else None,
    )
