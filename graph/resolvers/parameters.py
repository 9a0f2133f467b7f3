"""How models are trained: the parameters that `ml` declares, as arguments with a description each."""

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any

from pydantic import Field, create_model

from graph.resolvers.arguments import Argument
from ml.boosting.parameters import BoostingParameters
from ml.errors import DataError
from ml.trees.parameters import TreeParameters
from models.errors import InvalidInput
from models.model import Algorithm


class ClassWeight(Argument):
    """How much the rows of a class count."""

    class_name: str = Field(description="The class.")
    weight: float = Field(ge=0, description="How much each of its rows counts; 1 for classes without a weight.")


TREE_MEANINGS = {
    "missing_splits": "Whether missing values are a reason to split, and follow a branch.",
    "node_threshold": "How many nodes the tree may have.",
    "depth_threshold": "How many splits may lie between the root and a leaf.",
    "stat_pruning": "Whether branches that do not lower the expected error are cut off.",
    "selective_pruning": "Whether that is done only where a node has few of the rows.",
    "support_threshold": "The smallest share of the rows that a branch may have.",
    "split_candidates": "How many cut points of a numeric column are tried at a node.",
    "balance_objective": "Whether all classes count the same, however rare they are.",
    "objective_weights": "How much the rows of each class count.",
    "weight_field": "The numeric column, by id or name, that says how much a row counts.",
    "default_numeric_value": "What stands in for missing numbers.",
    "randomize": "Whether only a random choice of columns is tried at a node.",
    "random_candidates": "How many columns that choice has.",
    "random_candidate_ratio": "The share of the columns that it has instead.",
    "ordering": "In which order rows are looked at.",
    "seed": "Equal seeds make equal choices.",
}
BOOSTING_MEANINGS = {
    "iterations": "How many trees are grown at most.",
    "learning_rate": "How much each tree adds; chosen by the data when left out.",
    "depth": "How deep a tree is.",
    "l2_leaf_reg": "How strongly large leaf values are held back.",
    "loss_function": "What is made small, such as `RMSE` or `Quantile:alpha=0.9`.",
    "early_stopping_rounds": "After how many trees without improvement training ends.",
    "validation_share": "The share of the rows on which improvement is measured.",
    "random_seed": "Equal seeds make equal choices.",
    "bootstrap": "How rows are drawn or weighted for each tree.",
    "subsample": "The share of the rows that is drawn for each tree.",
    "bagging_temperature": "How uneven the weights of Bayesian drawing are.",
    "column_share": "The share of the columns that is looked at for each split.",
    "random_strength": "How much chance there is in the choice of a split.",
    "class_balance": "How rare classes are given more weight.",
    "grow_policy": "Which shape trees have.",
    "max_leaves": "How many leaves a tree has that grows by the best leaf.",
    "min_data_in_leaf": "How many rows a leaf needs.",
    "border_count": "How many cut points a numeric column has.",
    "one_hot_max_size": "Up to how many categories a column is split one by one.",
    "thread_count": "How many threads compute.",
    "text_features": "Whether text is read as words rather than as categories.",
}
SHAPES: dict[str, Any] = {"objective_weights": list[ClassWeight] | None, "seed": str | None}
"""Members whose type in the graph is not that of the dataclass."""


def mirrored(values: type, name: str, meanings: Mapping[str, str]) -> type[Argument]:
    """An argument with the members and defaults of a dataclass, so that they are declared once.

    Raises KeyError for a member without a meaning.
    """
    hints = typing.get_type_hints(values)
    members: dict[str, Any] = {}
    for member in dataclasses.fields(values):
        kind = SHAPES.get(member.name, hints[member.name])
        members[member.name] = (kind, Field(member.default, description=meanings[member.name]))
    made = create_model(name, __base__=Argument, **members)
    made.__doc__ = f"How {name} trains."
    return made


DecisionTree = mirrored(TreeParameters, "DecisionTree", TREE_MEANINGS)
CatBoost = mirrored(BoostingParameters, "CatBoost", BOOSTING_MEANINGS)
DecisionTree.__doc__ = "How a decision tree is grown."
CatBoost.__doc__ = "How boosted trees are trained."

PARAMETERS: dict[Algorithm, tuple[str, Any]] = {
    Algorithm.DECISION_TREE: ("decision_tree", TreeParameters),
    Algorithm.CATBOOST: ("catboost", BoostingParameters),
}
"""Each algorithm with the name of its parameters and the dataclass that checks them."""


def check_parameters(algorithm: Algorithm, parameters: dict[str, Any]) -> None:
    """Raises InvalidInput naming the first parameter that is out of range; settles the form of those that differ."""
    name, checks = PARAMETERS[algorithm]
    weights = parameters.get("objective_weights")
    if weights and isinstance(weights[0], dict):
        parameters["objective_weights"] = [[each["class_name"], each["weight"]] for each in weights]
    try:
        checks.from_dict(parameters)
    except DataError as problem:
        raise InvalidInput(str(problem), (name, *problem.path)) from problem
