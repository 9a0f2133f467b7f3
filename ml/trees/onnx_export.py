"""A stored tree of numbers as an ONNX model."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.decimals import DECIMALS
from ml.errors import ArgumentError
from ml.fields import Optype
from ml.predictor import Options
from ml.trees.document import TreeModel
from ml.trees.nodes import Node
from ml.trees.predict import TreePredictor
from ml.trees.split import Question, Split

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto, ValueInfoProto

_OPSET = 17
_ML_OPSET = 3
_IR_VERSION = 8


def onnx_model(document: Mapping[str, Any]) -> bytes:
    """The serialised ONNX model of a tree document that asks about numbers only.

    Input `X`: doubles, rows × the numeric inputs in their order (named in the metadata entry `inputs`), NaN for
    missing. Outputs: `output` (text or double, one a row), `confidence`, and for classes `probabilities` (rows × the
    classes of the metadata entry `classes`). It answers what the predictor answers when missing values stop at a
    node: a node that NaN can stop at is preceded by a test for it. Raises ArgumentError for a tree that asks about
    anything but numbers.
    """
    import onnx
    from onnx import TensorProto, helper

    predictor = TreePredictor(TreeModel.from_document(document))
    inputs = [item for item in predictor.inputs if item.optype is Optype.NUMERIC]
    columns = {item.id: place for place, item in enumerate(inputs)}
    for node in predictor.nodes:
        if node.split is not None and node.split.field_id not in columns:
            raise ArgumentError("Only a tree that asks about numbers alone can be exported to ONNX.", ("format",))
    outcomes = [predictor.outcome_at(node, Options()) for node in predictor.nodes]
    is_class = bool(predictor.classes)
    results: dict[str, Any] = {
        "output": np.array([outcome.output for outcome in outcomes], object if is_class else np.float64),
        "confidence": np.array([outcome.confidence for outcome in outcomes], np.float64),
    }
    if is_class:
        results["probabilities"] = np.array([[score for _, score in outcome.probabilities] for outcome in outcomes])
    steps = [
        *_rounding(),
        _ensemble(predictor.model.root, columns),
        helper.make_node("Cast", ["reached"], ["cast"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["cast", "flat"], ["node"]),
        *(helper.make_node("Gather", [f"{name}_by_node", "node"], [name], axis=0) for name in results),
    ]
    graph = helper.make_graph(
        steps,
        "tree",
        [helper.make_tensor_value_info("X", TensorProto.DOUBLE, [None, len(inputs)])],
        [_output(name, values) for name, values in results.items()],
        [
            _constant("flat", np.array([-1])),
            _constant("scale", np.array(10.0**DECIMALS)),
            _constant("defaults", np.array([predictor.defaults.get(item.id, math.nan) for item in inputs])),
            *(_constant(f"{name}_by_node", values) for name, values in results.items()),
        ],
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid("ai.onnx.ml", _ML_OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="modelgraph")
    helper.set_model_props(
        model,
        {
            "inputs": json.dumps([[item.id, item.name] for item in inputs]),
            "classes": json.dumps(list(predictor.classes)),
            "objective": predictor.objective.name,
        },
    )
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString()
    return content


def _rounding() -> list["NodeProto"]:
    """What `ml.inputs` does to a number: its default when it is missing, then five decimals."""
    from onnx import helper

    return [
        helper.make_node("IsNaN", ["X"], ["missing"]),
        helper.make_node("Where", ["missing", "defaults", "X"], ["filled"]),
        helper.make_node("Mul", ["filled", "scale"], ["scaled"]),
        helper.make_node("Round", ["scaled"], ["whole"]),
        helper.make_node("Div", ["whole", "scale"], ["rounded"]),
    ]


@dataclass(slots=True)
class _Flat:
    """The nodes of a tree side by side, as the attributes of a tree ensemble list them."""

    columns: Mapping[str, int]
    modes: list[str] = field(default_factory=list)
    features: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    nan_holds: list[int] = field(default_factory=list)
    when_true: list[int] = field(default_factory=list)
    when_false: list[int] = field(default_factory=list)
    leaves: list[tuple[int, int]] = field(default_factory=list)
    """The places of the leaves, each with the id of the node that it stands for."""

    def add(self, node: Node) -> int:
        """Adds a node with all below it and answers its place."""
        split = node.split
        if split is None:
            return self._leaf(node)
        if split.question is Question.MISSING:
            place = self._present(split)
            self.when_true[place] = self.add(node.children[1])
            self.when_false[place] = self.add(node.children[0])
            return place
        if split.missing_side is not None:
            return self._greater(node, split)
        place = self._present(split)
        self.when_true[place] = self._greater(node, split)
        self.when_false[place] = self._leaf(node)
        return place

    def _greater(self, node: Node, split: Split) -> int:
        place = self._row("BRANCH_GT", self.columns[split.field_id], float(split.value), split.missing_side == 0)
        self.when_true[place] = self.add(node.children[0])
        self.when_false[place] = self.add(node.children[1])
        return place

    def _present(self, split: Split) -> int:
        # Everything but NaN is at most infinity.
        return self._row("BRANCH_LEQ", self.columns[split.field_id], math.inf, False)

    def _leaf(self, node: Node) -> int:
        place = self._row("LEAF", 0, 0.0, False)
        self.leaves.append((place, node.id))
        return place

    def _row(self, mode: str, feature: int, value: float, nan_holds: bool) -> int:
        self.modes.append(mode)
        self.features.append(feature)
        self.values.append(value)
        self.nan_holds.append(int(nan_holds))
        self.when_true.append(0)
        self.when_false.append(0)
        return len(self.modes) - 1


def _ensemble(root: Node, columns: Mapping[str, int]) -> "NodeProto":
    """The operator that answers the id of the node at which a row ends; what a node says is looked up after it."""
    from onnx import helper

    flat = _Flat(columns)
    flat.add(root)
    size, leaves = len(flat.modes), len(flat.leaves)
    return helper.make_node(
        "TreeEnsembleRegressor",
        ["rounded"],
        ["reached"],
        domain="ai.onnx.ml",
        n_targets=1,
        nodes_treeids=[0] * size,
        nodes_nodeids=list(range(size)),
        nodes_featureids=flat.features,
        nodes_modes=flat.modes,
        nodes_values_as_tensor=_constant("", np.array(flat.values)),
        nodes_truenodeids=flat.when_true,
        nodes_falsenodeids=flat.when_false,
        nodes_missing_value_tracks_true=flat.nan_holds,
        target_treeids=[0] * leaves,
        target_nodeids=[place for place, _ in flat.leaves],
        target_ids=[0] * leaves,
        target_weights_as_tensor=_constant("", np.array([float(number) for _, number in flat.leaves])),
    )


def _constant(name: str, values: np.ndarray) -> "TensorProto":
    from onnx import numpy_helper

    return numpy_helper.from_array(values, name)


def _output(name: str, values: np.ndarray) -> "ValueInfoProto":
    from onnx import TensorProto, helper

    kind = TensorProto.STRING if values.dtype == object else TensorProto.DOUBLE
    return helper.make_tensor_value_info(name, kind, [None, *values.shape[1:]])
