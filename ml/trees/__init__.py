"""White-box decision trees: grown, scored and written to the digit as BigML's local predictors read them."""

from ml.trees.document import TreeModel
from ml.trees.export import bigml_model
from ml.trees.grow import grow
from ml.trees.nodes import Node
from ml.trees.onnx_export import onnx_model
from ml.trees.parameters import DefaultNumericValue, Ordering, TreeParameters
from ml.trees.predict import TreePredictor
from ml.trees.source import python_source

__all__ = [
    "DefaultNumericValue",
    "Node",
    "Ordering",
    "TreeModel",
    "TreeParameters",
    "TreePredictor",
    "bigml_model",
    "grow",
    "onnx_model",
    "python_source",
]
