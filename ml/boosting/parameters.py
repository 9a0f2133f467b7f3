"""The settings of boosted training: which there are, their ranges and their defaults. No data."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self

from ml.errors import ArgumentError
from ml.predictor import Task

VALIDATION_SHARE = 0.1
"""The share of rows held out for early stopping when the caller names none."""


class Bootstrap(StrEnum):
    """How rows are weighted or drawn for each tree."""

    BAYESIAN = "Bayesian"
    BERNOULLI = "Bernoulli"
    MVS = "MVS"
    NONE = "No"


class GrowPolicy(StrEnum):
    """The shape of a tree: one split a level, every leaf of a level, or the best leaf first."""

    SYMMETRIC = "SymmetricTree"
    DEPTHWISE = "Depthwise"
    LOSSGUIDE = "Lossguide"


class ClassBalance(StrEnum):
    """How rare classes are given more weight."""

    BALANCED = "Balanced"
    SQUARE_ROOT = "SqrtBalanced"


@dataclass(frozen=True, slots=True)
class _Range:
    """Numbers that an argument may take; `above` and `below` are themselves left out."""

    kind: type
    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None

    def __str__(self) -> str:
        bounds = {"from": self.least, "above": self.above, "to": self.most, "below": self.below}
        named = [f"{word} {bound:.10g}" for word, bound in bounds.items() if bound is not None]
        return " ".join(["an integer" if self.kind is int else "a number", *named])

    def holds(self, value: float) -> bool:
        return (
            (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )


_RANGES = {
    "iterations": _Range(int, least=1, most=100_000),
    "learning_rate": _Range(float, above=0, most=1),
    "depth": _Range(int, least=1, most=16),
    "l2_leaf_reg": _Range(float, least=0),
    "early_stopping_rounds": _Range(int, least=1),
    "validation_share": _Range(float, least=0, most=0.9),
    "random_seed": _Range(int, least=0, below=2**32),
    "subsample": _Range(float, above=0, most=1),
    "bagging_temperature": _Range(float, least=0),
    "column_share": _Range(float, above=0, most=1),
    "random_strength": _Range(float, least=0),
    "max_leaves": _Range(int, least=2, most=65536),
    "min_data_in_leaf": _Range(int, least=1),
    "border_count": _Range(int, least=1, most=65535),
    "one_hot_max_size": _Range(int, least=2, most=255),
    "thread_count": _Range(int, least=1),
}

_ENUMS: dict[str, type[StrEnum]] = {"bootstrap": Bootstrap, "grow_policy": GrowPolicy, "class_balance": ClassBalance}

_LOSSES: dict[Task, dict[str, frozenset[str]]] = {
    Task.CLASSIFICATION: {"Logloss": frozenset(), "MultiClass": frozenset(), "MultiClassOneVsAll": frozenset()},
    Task.REGRESSION: {
        "RMSE": frozenset(),
        "MAE": frozenset(),
        "MAPE": frozenset(),
        "LogCosh": frozenset(),
        "Poisson": frozenset(),
        "Quantile": frozenset({"alpha", "delta"}),
        "Expectile": frozenset({"alpha"}),
        "Huber": frozenset({"delta"}),
        "Tweedie": frozenset({"variance_power"}),
    },
}

_ENGINE_NAMES = {
    "bootstrap": "bootstrap_type",
    "column_share": "rsm",
    "class_balance": "auto_class_weights",
}

_OURS = frozenset({"validation_share", "text_features", "loss_function"})
"""Settings that training reads itself; CatBoost is not given them under these names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostedLoss:
    """A loss function taken apart: its name and the numbers that shape it."""

    name: str
    settings: tuple[tuple[str, float], ...] = ()

    def __str__(self) -> str:
        if not self.settings:
            return self.name
        return f"{self.name}:{';'.join(f'{name}={value:g}' for name, value in self.settings)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The loss written as CatBoost writes it, such as `RMSE` or `Quantile:alpha=0.9`."""
        name, _, rest = text.partition(":")
        settings = []
        for part in filter(None, rest.split(";")):
            match = re.fullmatch(r"(\w+)=([-+.\deE]+)", part)
            if match is None:
                raise ArgumentError(f"{text!r} is not a loss function: {part!r} is not name=number", ("loss_function",))
            try:
                settings.append((match[1], float(match[2])))
            except ValueError as error:
                raise ArgumentError(f"{match[2]!r} is not a number", ("loss_function",)) from error
        return cls(name=name, settings=tuple(settings))


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostingParameters:
    """How boosted trees are grown; every argument that is out of range raises ArgumentError with its name as path.

    `None` leaves a choice to CatBoost, which fits the learning rate to the data only while `l2_leaf_reg` is left to it
    as well. `early_stopping_rounds` ends training when the loss on a held-out share of the
    rows (`validation_share`, a tenth unless given) has not improved for so many iterations, and keeps the best
    iteration. A `validation_share` without early stopping only records the loss. `column_share` is the share of
    columns looked at for each split. With `text_features` off, text and items are read as categories.
    """

    iterations: int = 1000
    learning_rate: float | None = None
    depth: int = 6
    l2_leaf_reg: float | None = None
    loss_function: str | None = None
    early_stopping_rounds: int | None = None
    validation_share: float | None = None
    random_seed: int = 0
    bootstrap: Bootstrap | None = None
    subsample: float | None = None
    bagging_temperature: float | None = None
    column_share: float | None = None
    random_strength: float | None = None
    class_balance: ClassBalance | None = None
    grow_policy: GrowPolicy = GrowPolicy.SYMMETRIC
    max_leaves: int | None = None
    min_data_in_leaf: int | None = None
    border_count: int | None = None
    one_hot_max_size: int | None = None
    thread_count: int | None = None
    text_features: bool = True

    def __post_init__(self) -> None:
        for name, allowed in _RANGES.items():
            optional = type(self).__dataclass_fields__[name].default is None
            _check_number(name, getattr(self, name), allowed, optional=optional)
        for name, values in _ENUMS.items():
            value = getattr(self, name)
            if value is None and name != "grow_policy":
                continue
            if value not in list(values):
                raise ArgumentError(f"{name} must be one of {', '.join(values)}", (name,))
            object.__setattr__(self, name, values(value))
        if not isinstance(self.text_features, bool):
            raise ArgumentError("text_features must be true or false", ("text_features",))
        if self.loss_function is not None and not isinstance(self.loss_function, str):
            raise ArgumentError("loss_function must be a text", ("loss_function",))
        self._check_combinations()

    def _check_combinations(self) -> None:
        refusals = (
            ("early_stopping_rounds", self.early_stopping_rounds and self.validation_share == 0,
             "early stopping needs a validation_share above 0"),
            ("subsample", self.subsample is not None and self.bootstrap in (Bootstrap.BAYESIAN, Bootstrap.NONE),
             f"subsample does not go with bootstrap {self.bootstrap}"),
            ("bagging_temperature",
             self.bagging_temperature is not None and self.bootstrap not in (None, Bootstrap.BAYESIAN),
             "bagging_temperature needs bootstrap Bayesian"),
            ("bagging_temperature", self.bagging_temperature is not None and self.subsample is not None,
             "bagging_temperature does not go with subsample"),
            ("max_leaves", self.max_leaves is not None and self.grow_policy is not GrowPolicy.LOSSGUIDE,
             "max_leaves needs grow_policy Lossguide"),
            ("min_data_in_leaf", self.min_data_in_leaf is not None and self.grow_policy is GrowPolicy.SYMMETRIC,
             "min_data_in_leaf needs grow_policy Depthwise or Lossguide"),
        )  # fmt: skip
        for name, refused, message in refusals:
            if refused:
                raise ArgumentError(message, (name,))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:  # Any: values come from a client and are checked here
        """The parameters that `to_dict` wrote or a client sent; an unknown name is refused."""
        known = {field.name for field in fields(cls)}
        for name in values:
            if name not in known:
                raise ArgumentError(f"there is no training parameter {name!r}", (name,))
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """The parameters as plain JSON values, defaults included."""
        return {name: value.value if isinstance(value, StrEnum) else value for name, value in asdict(self).items()}

    @property
    def held_out(self) -> float:
        """The share of rows that training does not learn from."""
        if self.validation_share is not None:
            return self.validation_share
        return VALIDATION_SHARE if self.early_stopping_rounds else 0.0

    def loss(self, task: Task, classes: int) -> BoostedLoss:
        """The loss to train with for a task with so many classes; ArgumentError when the chosen one does not fit."""
        if self.loss_function is None:
            default = "RMSE" if task is Task.REGRESSION else "Logloss" if classes == 2 else "MultiClass"
            return BoostedLoss(name=default)
        loss, allowed = BoostedLoss.parse(self.loss_function), _LOSSES[task]
        if loss.name not in allowed:
            raise ArgumentError(f"loss_function of a {task} must be one of {', '.join(allowed)}", ("loss_function",))
        if loss.name == "Logloss" and classes != 2:
            raise ArgumentError(f"Logloss is for two classes, the objective has {classes}", ("loss_function",))
        for name, _ in loss.settings:
            if name not in allowed[loss.name]:
                raise ArgumentError(f"{loss.name} has no setting {name!r}", ("loss_function",))
        return loss

    def engine(self, task: Task) -> dict[str, Any]:
        """The settings in CatBoost's names, without those left to it and without the loss."""
        values = {
            _ENGINE_NAMES.get(name, name): value
            for name, value in self.to_dict().items()
            if value is not None and name not in _OURS
        }
        if self.subsample is not None and self.bootstrap is None:
            values["bootstrap_type"] = Bootstrap.BERNOULLI.value
        if self.bagging_temperature is not None:
            values["bootstrap_type"] = Bootstrap.BAYESIAN.value
        if task is Task.REGRESSION:
            if self.class_balance is not None:
                raise ArgumentError("class_balance is for classification", ("class_balance",))
            values.pop("auto_class_weights", None)
        return values


def _check_number(name: str, value: object, allowed: _Range, *, optional: bool) -> None:
    if value is None and optional:
        return
    kinds = (int,) if allowed.kind is int else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not allowed.holds(value):
        raise ArgumentError(f"{name} must be {allowed}", (name,))
