import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ml.decimals import plain, plain_numbers, rounded, rounded_array

TIES = [1.000005, 0.000005, 2.5e-6, -0.000015, 123456.789015, 90071992547.40993, 1e300, 5e-324, 0.1, -7.0]


@given(st.floats(allow_nan=False))
def test_rounded_is_what_round_gives(value: float) -> None:
    assert rounded(value) == round(value, 5)


@given(st.integers(-(10**12), 10**12))
def test_rounded_decides_near_ties_by_the_exact_decimal(number: int) -> None:
    value = (2 * number + 1) / 2e5

    assert rounded(value) == round(value, 5)
    assert rounded_array(np.array([value])).tolist() == [round(value, 5)]


@given(arrays(np.float64, st.integers(0, 30), elements=st.floats(allow_nan=False)))
def test_rounded_array_is_round_of_every_value(values: np.ndarray) -> None:
    assert rounded_array(values).tolist() == [round(value, 5) for value in values.tolist()]


def test_rounded_array_keeps_nan_and_leaves_its_argument_alone() -> None:
    values = np.array([*TIES, math.nan, math.inf])

    result = rounded_array(values)

    assert result.tolist()[:-2] == [round(value, 5) for value in TIES]
    assert np.isnan(result[-2])
    assert result[-1] == math.inf
    assert values.tolist()[:-2] == TIES


@pytest.mark.parametrize(
    ("value", "written"),
    [(2.0, "2"), (2.44999999, "2.45"), (-0.0, "0"), (0.1 + 0.2, "0.3"), (2.0**40, "1099511627776"), (1e20, "1e+20")],
)
def test_plain_writes_whole_numbers_as_integers(value: float, written: str) -> None:
    assert repr(plain(value)) == written


def test_plain_numbers_reaches_into_lists_and_objects() -> None:
    assert plain_numbers({"bins": [(1.0, 2)], "mean": 1 / 3, "name": "x", "none": None}) == {
        "bins": [[1, 2]],
        "mean": 0.33333,
        "name": "x",
        "none": None,
    }
