from typing import Any

import pytest

from ml.errors import ArgumentError
from ml.trees import DefaultNumericValue, Ordering, TreeParameters

WRONG: dict[str, list[Any]] = {
    "missing_splits": [1, "true"],
    "node_threshold": [0, 1.5, True, "9"],
    "depth_threshold": [-1, None],
    "stat_pruning": [None],
    "selective_pruning": [0],
    "support_threshold": [-0.1, 1.1, "0"],
    "split_candidates": [0, 1025, 2.0],
    "balance_objective": ["yes"],
    "objective_weights": [[], "a", [["a"]], [["a", -1]], [[1, 1]], [["a", 0]], [["a", 1], ["a", 2]]],
    "weight_field": [3],
    "default_numeric_value": ["average", 0, True],
    "randomize": ["no"],
    "random_candidates": [0, 1.0],
    "random_candidate_ratio": [0, 1.01],
    "ordering": [3, True],
    "seed": [1.5],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_an_argument_out_of_its_range_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(ArgumentError, match=f"^{name} must be") as refusal:
        TreeParameters(**{name: value})

    assert refusal.value.path == (name,)


def test_every_argument_has_a_wrong_value_above() -> None:
    assert WRONG.keys() == TreeParameters.__dataclass_fields__.keys()


def test_arguments_survive_their_json() -> None:
    parameters = TreeParameters(
        objective_weights=[["a", 2]], default_numeric_value="zero", ordering=1, seed="s", random_candidate_ratio=0.5
    )

    assert TreeParameters.from_dict(parameters.to_dict()) == parameters
    assert parameters.objective_weights == (("a", 2.0),)
    assert parameters.default_numeric_value is DefaultNumericValue.ZERO
    assert parameters.ordering is Ordering.LINEAR


def test_an_unknown_argument_is_refused_by_name() -> None:
    with pytest.raises(ArgumentError, match="no argument 'depth'") as refusal:
        TreeParameters.from_dict({"depth": 3})

    assert refusal.value.path == ("depth",)


def test_defaults_are_those_of_the_vendor() -> None:
    assert TreeParameters() == TreeParameters(
        missing_splits=False,
        node_threshold=512,
        depth_threshold=512,
        stat_pruning=True,
        selective_pruning=True,
        support_threshold=0.0,
        split_candidates=32,
    )
