"""Why a boosted model scores a row as it does: additive contributions of its columns to the raw score.

Symmetric trees are explained by SHAP values (Lundberg et al., "Consistent individualized feature attribution for tree
ensembles"), computed by CatBoost. For trees of other shapes CatBoost 1.2.10 takes the weights of the wrong leaves, so
that its values do not add up to the score; those are explained by the path of the row through each tree instead
(Saabas): every split on it moves the expected score of the rows below, and that step is the contribution of the column
that the split asks for. Both kinds of contributions sum, with the base, to the raw score.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.boosting.features import Feature, FeatureKind
from ml.predictor import Contribution, Explanation

if TYPE_CHECKING:
    from catboost import CatBoost, Pool

_Tree = dict[str, Any]
"""A node of CatBoost's JSON: a leaf (`value`, `weight`) or a split with the children `left` and `right`."""

_Steps = list[tuple[tuple[int, ...], np.ndarray]]
"""The way to a leaf: at each split the places of the columns asked for, and the change of the expected score."""


class Explainer:
    """Explains rows of one model; `classes` is empty for regression."""

    def __init__(
        self, engine: "CatBoost", features: Sequence[Feature], classes: tuple[str, ...], *, is_symmetric: bool
    ) -> None:
        self._is_symmetric = is_symmetric
        self._engine = engine
        self._features = features
        self._classes = classes

    def explain(self, values: list[Any], given: list[Any], explained_class: str | None) -> Explanation:
        """The explanation of one row of values in model order, for the class named (regression: None).

        `given` are the values as they are to be shown.
        """
        shares, base = self._shap(values) if self._is_symmetric else self._paths.explain(self._pool(values))
        sign, place = 1.0, 0
        if explained_class is not None:
            place = self._classes.index(explained_class)
            if len(self._classes) == 2:
                sign, place = (1.0 if place else -1.0), 0  # there is one score, that of the second class
        contributions = [
            Contribution(feature.field.id, shown, sign * float(share))
            for feature, shown, share in zip(self._features, given, shares[place], strict=True)
        ]
        return Explanation(
            base=sign * float(base[place]),
            contributions=tuple(sorted(contributions, key=lambda item: -abs(item.contribution))),
            explained_class=explained_class,
        )

    def _shap(self, values: list[Any]) -> tuple[np.ndarray, np.ndarray]:
        found = self._engine.get_feature_importance(self._pool(values), type="ShapValues", thread_count=1)[0]
        found = np.atleast_2d(found)
        return found[:, :-1], found[:, -1]

    def _pool(self, values: list[Any]) -> "Pool":
        from catboost import Pool

        kinds = [feature.kind for feature in self._features]
        return Pool(
            [values],
            cat_features=[place for place, kind in enumerate(kinds) if kind is FeatureKind.CATEGORY],
            text_features=[place for place, kind in enumerate(kinds) if kind is FeatureKind.TEXT],
            feature_names=[feature.field.id for feature in self._features],
        )

    @cached_property
    def _paths(self) -> "_Paths":
        return _Paths(self._engine, len(self._features))


class _Paths:
    """The ways to all leaves of all trees, by the numbers that CatBoost gives the leaves."""

    def __init__(self, engine: "CatBoost", width: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.json")
            engine.save_model(str(path), format="json")
            document = json.loads(path.read_bytes())
        self._engine = engine
        self._width = width
        self._columns = _split_columns(document["features_info"])
        scale, bias = document["scale_and_bias"]
        self._base = np.array(bias, dtype=float)
        self._trees: list[list[_Steps]] = []
        for tree in document["trees"]:
            mean, _ = _expected(tree)
            self._base = self._base + scale * mean
            self._trees.append([[(columns, scale * step) for columns, step in way] for way in self._ways(tree, [])])

    def explain(self, pool: "Pool") -> tuple[np.ndarray, np.ndarray]:
        """Contributions (scores, columns) and base (scores,) of the only row of the pool."""
        shares = np.zeros((len(self._base), self._width))
        leaves = self._engine.calc_leaf_indexes(pool, thread_count=1)[0]
        for ways, leaf in zip(self._trees, leaves, strict=True):
            for columns, step in ways[leaf]:
                for column in columns:
                    shares[:, column] += step / len(columns)
        return shares, self._base

    def _ways(self, node: _Tree, way: _Steps) -> Iterator[_Steps]:
        """The ways to the leaves in the order of CatBoost's leaf numbers.

        The engine keeps a lone leaf beside a split in the node above, so it is numbered before what is below the split.
        """
        if "value" in node:
            yield way
            return
        mean, _ = _expected(node)
        columns = self._columns(node["split"])
        children = [node["left"], node["right"]]
        for child in sorted(children, key=lambda child: "value" not in child):
            yield from self._ways(child, [*way, (columns, _expected(child)[0] - mean)])


def _expected(node: _Tree) -> tuple[np.ndarray, float]:
    """The mean value of the training rows below a node, and their weight; computed once a node."""
    if "mean" not in node:
        if "value" in node:
            node["mean"] = (np.atleast_1d(np.array(node["value"], dtype=float)), node["weight"])
        else:
            (left, left_weight), (right, right_weight) = _expected(node["left"]), _expected(node["right"])
            weight = left_weight + right_weight
            mean = (left * left_weight + right * right_weight) / weight if weight else (left + right) / 2
            node["mean"] = (mean, weight)
    mean_and_weight: tuple[np.ndarray, float] = node["mean"]
    return mean_and_weight


def _split_columns(info: dict[str, Any]) -> Callable[[dict[str, Any]], tuple[int, ...]]:
    """A function from a split of the JSON to the places of the columns that it asks for.

    Splits are numbered through: borders of numbers, then single categories, then borders of category statistics.
    """
    numeric = {item["feature_index"]: item["flat_feature_index"] for item in info.get("float_features", [])}
    category = {item["feature_index"]: item["flat_feature_index"] for item in info.get("categorical_features", [])}
    first = sum(len(item.get("borders") or ()) for item in info.get("float_features", []))
    first += sum(len(item.get("values") or ()) for item in info.get("categorical_features", []))
    statistics: list[tuple[int, ...]] = []
    for statistic in info.get("ctrs", []):
        columns = tuple(
            category[part["cat_feature_index"]] if "cat_feature_index" in part else numeric[part["float_feature_index"]]
            for part in statistic["elements"]
        )
        statistics += [columns] * len(statistic["borders"])

    def columns_of(split: dict[str, Any]) -> tuple[int, ...]:
        match split["split_type"]:
            case "FloatFeature":
                return (numeric[split["float_feature_index"]],)
            case "OneHotFeature":
                return (category[split["cat_feature_index"]],)
            case _:
                number: int = split["split_index"]
                return statistics[number - first]

    return columns_of
