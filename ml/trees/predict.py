"""A decision tree ready to score rows and tables and to explain itself."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ml.fields import Field
from ml.inputs import Values, normalise, normalise_again, prepare_inputs
from ml.predictor import Explanation, MissingStrategy, Options, Outcome, Row, Task
from ml.trees.document import TreeModel
from ml.trees.explanation import explain
from ml.trees.nodes import Node, preorder, reach, trail
from ml.trees.proportional import proportional_evidence
from ml.trees.scoring import Ballot, Evidence, check_options, evidence_of
from ml.trees.table import predict_table

_OUTCOMES_KEPT = 4096
_DEFAULT = Options()


class TreePredictor:
    """Scores with one tree exactly as BigML's local predictor does with its export; safe to share between threads."""

    def __init__(self, model: TreeModel) -> None:
        self.task = model.task
        self.objective: Field = model.objective
        self.inputs: Sequence[Field] = model.inputs
        self.model = model
        self.nodes: tuple[Node, ...] = tuple(preorder(model.root))
        self._parents = {child.id: (node, side) for node in self.nodes for side, child in enumerate(node.children)}
        self._kept: dict[tuple[int, MissingStrategy, Any], Outcome] = {}
        self._fields = prepare_inputs(
            model.inputs,
            objective=model.objective,
            summaries=model.summaries,
            missing_tokens=model.missing_tokens,
            default_numeric_value=model.parameters.default_numeric_value,
        )
        self.defaults: Mapping[str, float] = self._fields.defaults
        self._ballot = _ballot(model) if model.task is Task.CLASSIFICATION else None
        self.classes: tuple[str, ...] = self._ballot.classes if self._ballot else ()

    def predict(self, rows: Sequence[Row], options: Options = _DEFAULT) -> list[Outcome]:
        """One outcome a row.

        Raises ArgumentError for an operating kind or point that the tree does not have, and, with the key in its
        path, for a value of the wrong type.
        """
        check_options(options, self.task, self.classes)
        return [self.outcome(self._values(row, options), options) for row in rows]

    def predict_table(
        self, data: Path, fields: Mapping[str, str] | None = None, options: Options = _DEFAULT
    ) -> Iterator[pa.Table]:
        """Outcomes of all rows of a Parquet dataset, batch after batch, in row order; at least one, maybe empty, table.

        `fields` maps input ids to the columns of that dataset (default: the same ids); what it has no column for is
        missing. Columns: `output`, `confidence`, `probability` (null for regression), and a `probability:<class>` and a
        `confidence:<class>` for each class. Raises ArgumentError for a column that is not there or does not hold what
        its field needs.
        """
        check_options(options, self.task, self.classes)
        return predict_table(self, data, fields or {}, options)

    def explain(self, row: Row, options: Options = _DEFAULT) -> Explanation:
        """Which fields made the prediction of this row what it is: what each split on its way added to the score."""
        check_options(options, self.task, self.classes)
        values = self._values(row, options)
        nodes = trail(self.model.root, values)
        outcome = self.outcome(values, options)
        return explain(nodes, values, outcome, [self.score(node, outcome) for node in nodes])

    def importances(self) -> list[tuple[str, float]]:
        """Ids of the fields that the tree asks about, with their share of the reduced error, in descending order."""
        return list(self.model.importance)

    def outcome(self, values: Values, options: Options) -> Outcome:
        """The outcome for normalised values."""
        if options.missing_strategy is MissingStrategy.LAST:
            return self.outcome_at(reach(self.model.root, values), options)
        nodes = trail(self.model.root, values)
        if nodes[-1].split is None:
            return self.outcome_at(nodes[-1], options)
        return self._outcome(proportional_evidence(nodes, values), nodes[-1], options)

    def outcome_at(self, node: Node, options: Options) -> Outcome:
        """The outcome for values that end at a node; with the proportional strategy this must be a leaf."""
        key = (node.id, options.missing_strategy, options.kind)
        if options.operating_point is None and key in self._kept:
            return self._kept[key]
        evidence = evidence_of(node)
        if options.missing_strategy is MissingStrategy.PROPORTIONAL:
            parent, _ = self._parents.get(node.id, (None, 0))
            evidence = proportional_evidence([parent, node] if parent else [node], {})
        outcome = self._outcome(evidence, node, options)
        if options.operating_point is None and len(self._kept) < _OUTCOMES_KEPT:
            self._kept[key] = outcome
        return outcome

    def score(self, node: Node, outcome: Outcome) -> float:
        """What explanations explain, at a node: the probability of the predicted class, or the predicted number."""
        if self._ballot is None:
            return float(node.output)
        at_node = self._ballot.outcome(evidence_of(node), (), _DEFAULT)
        return dict(at_node.probabilities)[str(outcome.output)]

    def _values(self, row: Row, options: Options) -> Values:
        values = normalise(row, self._fields)
        return values if options.kind is None and options.operating_point is None else normalise_again(values)

    def _outcome(self, evidence: Evidence, node: Node, options: Options) -> Outcome:
        path = self._path(node)
        if self._ballot is not None:
            return self._ballot.outcome(evidence, path, options)
        error = None if evidence.confidence is None else float(evidence.confidence)
        return Outcome(float(evidence.output), error, path=path, node=evidence.node)

    def _path(self, node: Node) -> tuple[Mapping[str, Any], ...]:
        predicates = []
        while node.id in self._parents:
            node, side = self._parents[node.id]
            if node.split is not None:
                predicates.append(node.split.predicates()[side])
        return tuple(reversed(predicates))


def _ballot(model: TreeModel) -> Ballot:
    counts: dict[str, float] = dict(model.training["categories"])
    total = sum(counts.values())
    ranked = [name for name, _ in model.summaries[model.objective.id].get("categories", ())]
    order = {name: place for place, name in enumerate(dict.fromkeys([*ranked, *sorted(counts)]))}
    prior = {name: 0.0 if model.is_weighted else count / total for name, count in counts.items()}
    return Ballot(tuple(sorted(counts)), order, prior)
