"""How a decision tree is grown: every argument with its default and its range."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum, StrEnum
from typing import Any, Self

from ml.errors import ArgumentError

DEPTH_LIMIT = 120
"""No tree is deeper: its nested JSON has to pass writers that stop at 254 levels."""


class DefaultNumericValue(StrEnum):
    """What replaces a missing number, in training and in scoring: a statistic of its field, or zero."""

    MEAN = "mean"
    MEDIAN = "median"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    ZERO = "zero"


class Ordering(IntEnum):
    """In which order rows are read. Trees are grown from all rows at once, so it changes nothing here."""

    DETERMINISTIC = 0
    LINEAR = 1
    RANDOM = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeParameters:
    """The arguments of a tree (BigML.io API documentation, models); building one raises ArgumentError out of range.

    missing_splits: missing values are a reason to split and follow a branch; without it they stop at the node.
    node_threshold, depth_threshold: a tree has at most so many nodes, and so many splits from root to leaf.
    stat_pruning: branches whose expected errors are no smaller than their parent's are cut off; selective_pruning:
    only where the parent has less than 1 % of the rows.
    support_threshold: the smallest share of the rows that a branch may have, 0 to 1.
    split_candidates: how many cut points of a numeric field are tried at a node.
    balance_objective, objective_weights, weight_field: rows count by the rarity of their class, by the weight of
    their class (1 where not given), by a number of their own; the three multiply.
    randomize: only a random choice of fields is tried at a node: `random_candidates`, or `random_candidate_ratio` of
    the inputs, or the root of their number.
    seed: of those choices; equal arguments and data give an equal tree.
    """

    missing_splits: bool = False
    node_threshold: int = 512
    depth_threshold: int = 512
    stat_pruning: bool = True
    selective_pruning: bool = True
    support_threshold: float = 0.0
    split_candidates: int = 32
    balance_objective: bool = False
    objective_weights: tuple[tuple[str, float], ...] | None = None
    weight_field: str | None = None
    default_numeric_value: DefaultNumericValue | None = None
    randomize: bool = False
    random_candidates: int | None = None
    random_candidate_ratio: float | None = None
    ordering: Ordering = Ordering.DETERMINISTIC
    seed: str | int | None = None

    def __post_init__(self) -> None:
        for name in ("missing_splits", "stat_pruning", "selective_pruning", "balance_objective", "randomize"):
            _check(name, isinstance(getattr(self, name), bool), "true or false")
        _check("node_threshold", _whole(self.node_threshold) and self.node_threshold >= 1, "a positive integer")
        _check("depth_threshold", _whole(self.depth_threshold) and self.depth_threshold >= 0, "an integer from 0 on")
        _check("support_threshold", _between(self.support_threshold, 0, 1), "a number from 0 to 1")
        candidates = self.split_candidates
        _check("split_candidates", _whole(candidates) and 1 <= candidates <= 1024, "an integer from 1 to 1024")
        random = self.random_candidates
        _check("random_candidates", random is None or (_whole(random) and random >= 1), "a positive integer")
        ratio = self.random_candidate_ratio
        _check("random_candidate_ratio", ratio is None or (_between(ratio, 0, 1) and ratio > 0), "above 0, at most 1")
        _check("seed", self.seed is None or isinstance(self.seed, (str, int)), "a text or an integer")
        _check("weight_field", self.weight_field is None or isinstance(self.weight_field, str), "a field")
        object.__setattr__(self, "objective_weights", _weights(self.objective_weights))
        object.__setattr__(self, "default_numeric_value", _member("default_numeric_value", self, DefaultNumericValue))
        object.__setattr__(self, "ordering", _member("ordering", self, Ordering))

    @classmethod
    def from_dict(cls, arguments: Mapping[str, Any]) -> Self:
        """The parameters named in a mapping, defaults for the rest. Raises ArgumentError for an unknown one."""
        unknown = sorted(arguments.keys() - cls.__dataclass_fields__.keys())
        if unknown:
            raise ArgumentError(f"A tree has no argument {unknown[0]!r}.", (unknown[0],))
        return cls(**arguments)

    def to_dict(self) -> dict[str, Any]:
        """The parameters as JSON values; `from_dict` reads them back."""
        return asdict(self) | {
            "objective_weights": self.objective_weights and [[*pair] for pair in self.objective_weights]
        }


def _check(name: str, holds: bool, expected: str) -> None:
    if not holds:
        raise ArgumentError(f"{name} must be {expected}.", (name,))


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _between(value: object, low: float, high: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high


def _weights(given: Sequence[Any] | None) -> tuple[tuple[str, float], ...] | None:
    if given is None:
        return None
    expected = "a list of [class, weight] pairs with weights from 0 on, not all of them 0"
    _check("objective_weights", isinstance(given, (list, tuple)) and len(given) > 0, expected)
    for pair in given:
        paired = isinstance(pair, (list, tuple)) and len(pair) == 2 and isinstance(pair[0], str)
        _check("objective_weights", paired and _between(pair[1], 0, 1e12), expected)
    _check("objective_weights", any(weight > 0 for _, weight in given), expected)
    _check("objective_weights", len({name for name, _ in given}) == len(given), "given once for each class")
    return tuple((name, float(weight)) for name, weight in given)


def _member(name: str, parameters: TreeParameters, kind: type[StrEnum] | type[IntEnum]) -> Any:  # Any: member or None
    value = getattr(parameters, name)
    if value is None:
        return None
    _check(
        name, not isinstance(value, bool) and value in [*kind], "one of " + ", ".join(str(item.value) for item in kind)
    )
    return kind(value)
