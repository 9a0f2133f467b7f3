"""Boosted trees on CatBoost: training, scoring, explaining, storing and exporting."""

from ml.boosting.export import ExportFormat, export
from ml.boosting.fitting import Progress
from ml.boosting.model import FORMAT, BoostedModel
from ml.boosting.parameters import BoostingParameters, Bootstrap, ClassBalance, GrowPolicy
from ml.boosting.predictor import BoostedPredictor
from ml.boosting.training import train

__all__ = [
    "FORMAT",
    "BoostedModel",
    "BoostedPredictor",
    "BoostingParameters",
    "Bootstrap",
    "ClassBalance",
    "ExportFormat",
    "GrowPolicy",
    "Progress",
    "export",
    "train",
]
