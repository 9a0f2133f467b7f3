"""From the distribution that a row leads to, to what is answered: the class by the asked rule, scores, evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ml.errors import ArgumentError
from ml.predictor import Kind, OperatingPoint, Options, Outcome, Task
from ml.trees.nodes import Node
from ml.trees.statistics import Distribution, confidences, probabilities

Scores = Mapping[str, float]
"""A score for each class."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a row leads to, before an operating kind or point chooses a class."""

    output: Any  # Any: a class or a number
    confidence: float | None
    distribution: Distribution
    population: float
    """The number of training rows behind it."""
    node: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ballot:
    """The classes of one model and the rules by which one of them wins."""

    classes: tuple[str, ...]
    """In alphabetical order."""
    order: Mapping[str, int]
    """Which class comes first on a tie."""
    prior: Mapping[str, float]
    """The share of each class in training; zeros in a weighted tree, where probabilities are not smoothed."""

    def outcome(self, evidence: Evidence, path: Sequence[Mapping[str, Any]], options: Options) -> Outcome:
        """The outcome for a row: the class of its node, or the one that the operating kind or point chooses."""
        by_probability = probabilities(evidence.distribution, self.prior)
        by_confidence = dict.fromkeys(self.classes, 0.0) | confidences(evidence.distribution, evidence.population)
        scores = {Kind.PROBABILITY: by_probability, Kind.CONFIDENCE: by_confidence}
        output, confidence = evidence.output, evidence.confidence
        point = options.operating_point
        if point is not None:
            output = self._above(scores[point.kind], point)
            confidence = by_confidence[output]
        elif options.kind is not None:
            output = self._winner(scores[options.kind])
            confidence = by_confidence[output]
        return Outcome(
            output,
            confidence,
            by_probability[output],
            tuple((name, by_probability[name]) for name in self.classes),
            tuple((name, by_confidence[name]) for name in self.classes),
            tuple(path),
            evidence.node,
        )

    def _winner(self, scores: Scores) -> str:
        return max(scores, key=lambda name: (scores[name], -self.order[name]))

    def _above(self, scores: Scores, point: OperatingPoint) -> str:
        others = {name: score for name, score in scores.items() if name != point.positive_class}
        if scores[point.positive_class] > point.threshold or not others:
            return point.positive_class
        return self._winner(others)


def check_options(options: Options, task: Task, classes: Sequence[str]) -> None:
    """Raises ArgumentError for an operating kind or point that a tree with this task and classes does not have."""
    point = options.operating_point
    if task is Task.REGRESSION:
        argument = "operating_point" if point is not None else "operating_kind"
        if point is not None or options.kind is not None:
            raise ArgumentError(f"{argument} is for classification only.", (argument,))
        return
    if options.kind is Kind.VOTES:
        raise ArgumentError("A single tree has no votes; use probability or confidence.", ("operating_kind",))
    if point is None:
        return
    if point.kind is Kind.VOTES:
        raise ArgumentError("A single tree has no votes; use probability or confidence.", ("operating_point", "kind"))
    if not 0 <= point.threshold <= 1:
        raise ArgumentError("The threshold must be from 0 to 1.", ("operating_point", "threshold"))
    if point.positive_class not in classes:
        raise ArgumentError(
            f"{point.positive_class!r} is not a class of this model.", ("operating_point", "positive_class")
        )


def evidence_of(node: Node) -> Evidence:
    """What a row finds that ends at a node, when missing values stop there."""
    return Evidence(node.output, node.confidence, node.distribution, node.count, shown(node, node.summary))


def shown(node: Node, summary: Mapping[str, Any], confidence: float | None = None) -> dict[str, Any]:
    """What a prediction tells of the node it ends at: `node_id`, `count`, `confidence`, `objective_summary`, and the
    `next_predicates` below it with their rows."""
    answers = zip(node.split.predicates(), node.children, strict=True) if node.split else ()
    return {
        "node_id": node.id,
        "count": node.count,
        "confidence": node.confidence if confidence is None else confidence,
        "objective_summary": summary,
        "next_predicates": [{**predicate, "count": child.count} for predicate, child in answers],
    }
