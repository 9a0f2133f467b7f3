"""How good predictions are: measures for classes and for numbers, and the streaming of a dataset through a model."""

from ml.evaluation.classification import evaluate_classification
from ml.evaluation.regression import evaluate_regression
from ml.evaluation.streaming import evaluate

__all__ = ["evaluate", "evaluate_classification", "evaluate_regression"]
