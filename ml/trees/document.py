"""A grown tree with all that scoring and exporting it need, and the JSON document in which it is stored."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa

from ml.decimals import plain
from ml.errors import DataError
from ml.fields import MISSING_TOKENS, Field
from ml.predictor import Task
from ml.trees.nodes import Node, preorder
from ml.trees.parameters import TreeParameters
from ml.trees.statistics import numeric_summary
from ml.trees.training import Summaries, Training

FORMAT = "modelgraph-tree"
VERSION = 1


@dataclass(frozen=True, slots=True)
class TreeModel:
    """One decision tree. Its numbers are those that clients get to see, so that both score from the same ones."""

    task: Task
    objective: Field
    inputs: tuple[Field, ...]
    summaries: Summaries
    """Of the inputs and the objective; numbers in five decimals."""
    root: Node
    training: Mapping[str, Any]
    """The distribution of the objective over the training rows (a summary)."""
    predictions: Mapping[str, Any]
    """The distribution of what the tree predicts for them (a summary)."""
    importance: tuple[tuple[str, float], ...]
    """Ids of the inputs that are used, with their share of the error that all splits reduced, in descending order."""
    missing_tokens: tuple[str, ...]
    parameters: TreeParameters
    rows: int
    libraries: Mapping[str, str]

    @classmethod
    def of(
        cls, training: Training, parameters: TreeParameters, root: Node, gains: Mapping[str, float], task: Task
    ) -> Self:
        """The model of a tree that was just grown; `gains` are the reductions of its splits by input."""
        total = sum(gains.values()) or 1.0
        shares = [(item.id, plain(gains[item.id] / total)) for item in training.inputs if item.id in gains]
        given = [
            item.missing_tokens for item in (*training.inputs, training.objective) if item.missing_tokens is not None
        ]
        distribution = root.summary
        if task is Task.CLASSIFICATION:
            distribution = {"categories": sorted(root.summary["categories"])}
        return cls(
            task,
            training.objective,
            training.inputs,
            training.summaries,
            root,
            distribution,
            _predictions(root, task),
            tuple(sorted(shares, key=lambda share: -share[1])),
            given[0] if given else MISSING_TOKENS,
            parameters,
            training.size,
            {"python": platform.python_version(), "numpy": np.__version__, "pyarrow": pa.__version__},
        )

    @property
    def is_weighted(self) -> bool:
        """Whether rows counted by weights."""
        return self.root.weighted_summary is not None

    def to_document(self) -> dict[str, Any]:
        """The model as JSON values; `from_document` reads them back."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "task": self.task.value,
            "objective": _plain(self.objective),
            "inputs": [_plain(item) for item in self.inputs],
            "fields": {
                item.id: _plain(item) | {"summary": self.summaries.get(item.id, {})}
                for item in (*self.inputs, self.objective)
            },
            "root": self.root.to_dict(),
            "distribution": {"training": self.training, "predictions": self.predictions},
            "importance": [list(share) for share in self.importance],
            "missing_tokens": list(self.missing_tokens),
            "parameters": self.parameters.to_dict(),
            "rows": self.rows,
            "libraries": dict(self.libraries),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The model that `to_document` wrote. Raises DataError for another format or a later version of it."""
        if document.get("format") != FORMAT or document.get("version") != VERSION:
            raise DataError(f"Not a {FORMAT} document of version {VERSION}.")
        objective = Field.from_dict(document["objective"])
        inputs = tuple(Field.from_dict(item) for item in document["inputs"])
        summaries = {id_: content["summary"] for id_, content in document["fields"].items()}
        forms = {id_: summary.get("term_forms", {}) for id_, summary in summaries.items()}
        return cls(
            Task(document["task"]),
            objective,
            inputs,
            summaries,
            Node.from_dict(document["root"], {item.id: item for item in inputs}, forms),
            document["distribution"]["training"],
            document["distribution"]["predictions"],
            tuple((id_, share) for id_, share in document["importance"]),
            tuple(document["missing_tokens"]),
            TreeParameters.from_dict(document["parameters"]),
            document["rows"],
            document["libraries"],
        )


def _plain(item: Field) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in item.to_dict().items()}


def stopping_rows(node: Node) -> int:
    """How many training rows a node keeps for itself: all in a leaf, else those that do not answer its question."""
    return node.count - sum(child.count for child in node.children)


def _predictions(root: Node, task: Task) -> dict[str, Any]:
    kept: dict[Any, float] = {}
    for node in preorder(root):
        if rows := stopping_rows(node):
            kept[node.output] = kept.get(node.output, 0) + rows
    if task is Task.CLASSIFICATION:
        return {"categories": [[name, rows] for name, rows in sorted(kept.items())]}
    return numeric_summary(np.array([*kept], np.float64), np.array([*kept.values()], np.float64))
