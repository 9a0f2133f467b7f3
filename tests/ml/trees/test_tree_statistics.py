import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.trees.statistics import (
    chi_square_quantile,
    confidences,
    expected_error,
    mean,
    median,
    merge_nearest,
    numeric_summary,
    probabilities,
    shared_error,
    variance,
    wilson,
)

DISTRIBUTIONS = st.lists(
    st.tuples(st.integers(-500, 500).map(lambda value: value / 8), st.integers(1, 9)),
    min_size=1,
    max_size=60,
    unique_by=lambda entry: entry[0],
).map(sorted)


@pytest.mark.parametrize(
    ("count", "total", "bound"), [(50, 50, 0.92865), (45, 46, 0.88664), (49, 54, 0.8009), (50, 150, 0.26289)]
)
def test_confidence_is_the_lower_wilson_bound(count: int, total: int, bound: float) -> None:
    assert wilson(count / total, total) == bound


def test_confidences_of_weights_take_the_number_of_rows() -> None:
    assert confidences([("a", 3.0), ("b", 1.0)], 50) == {"a": wilson(0.75, 50), "b": wilson(0.25, 50)}


@pytest.mark.parametrize(("share", "probability"), [(1 / 3, 0.77778), (0.35, 0.78333)])
def test_probability_counts_the_training_share_as_one_row(share: float, probability: float) -> None:
    result = probabilities([("versicolor", 2)], {"setosa": 1 - share, "versicolor": share})

    assert result["versicolor"] == probability
    assert sum(result.values()) == pytest.approx(1, abs=1e-5)


def test_probability_of_weights_is_not_smoothed() -> None:
    assert probabilities([("a", 1.5), ("b", 0.5)], {"a": 0.0, "b": 0.0, "c": 0.0}) == {"a": 0.75, "b": 0.25, "c": 0.0}


@pytest.mark.parametrize("degrees", [0.3, 1, 1.5, 2, 3, 10, 33.25, 150, 4_000, 100_000, 5_000_000])
def test_chi_square_quantile_equals_scipys(degrees: float) -> None:
    from scipy.stats import chi2

    expected = chi2(degrees).ppf(1 - math.erf(1.96 / math.sqrt(2)))

    assert chi_square_quantile(degrees) == pytest.approx(expected, rel=1e-11)


def test_expected_error_of_a_mean() -> None:
    values = [1.4, 1.4, 1.3, 1.5, 1.4]
    spread = float(np.var(values, ddof=1))
    quantile = 1.1454304404908564

    assert expected_error(spread, 5) == round(math.sqrt(spread * 4 / quantile * (math.sqrt(5) + 1.96) ** 2 / 5), 5)
    assert expected_error(math.nan, 1) is None


def test_the_error_of_a_single_value_is_its_parents_over_the_root_of_its_rows() -> None:
    assert shared_error(0.58685, 2) == 0.41497
    assert shared_error(None, 10) == 0.0


@pytest.mark.parametrize(
    ("distribution", "middle"),
    [([(1, 2), (3, 2)], 2.0), ([(1, 1), (3, 2)], 3.0), ([(5, 4)], 5.0), ([(1, 1), (2, 1), (9, 2)], 5.5), ([], None)],
)
def test_median_of_a_distribution(distribution: list[tuple[float, int]], middle: float | None) -> None:
    assert median(distribution) == middle


@given(DISTRIBUTIONS)
def test_mean_and_variance_are_those_of_the_repeated_values(distribution: list[tuple[float, int]]) -> None:
    values = np.repeat([value for value, _ in distribution], [count for _, count in distribution])

    assert mean(distribution) == pytest.approx(values.mean())
    expected = values.var(ddof=1) if len(values) > 1 else math.nan
    assert variance(distribution, mean(distribution)) == pytest.approx(expected, nan_ok=True)


@given(DISTRIBUTIONS, st.integers(1, 40))
def test_merging_fuses_the_first_closest_pair_again_and_again(
    distribution: list[tuple[float, int]], limit: int
) -> None:
    expected = [list(entry) for entry in distribution]
    while len(expected) > limit:
        gaps = [right[0] - left[0] for left, right in itertools.pairwise(expected)]
        at = gaps.index(min(gaps))
        (one, few), (other, more) = expected[at : at + 2]
        expected[at : at + 2] = [[(one * few + other * more) / (few + more), few + more]]

    assert [list(entry) for entry in merge_nearest(distribution, limit)] == expected


def test_a_summary_counts_few_values_and_bins_many() -> None:
    few, many = numeric_summary(np.array([2.0, 1.0, 2.0, 4.5])), numeric_summary(np.arange(100.0))

    assert few == {"counts": [[1, 1], [2, 2], [4.5, 1]], "minimum": 1, "maximum": 4.5, "median": 2}
    assert many["median"] == 49.5
    assert len(many["bins"]) == 32
    assert sum(count for _, count in many["bins"]) == 100


def test_bins_that_are_written_alike_are_one() -> None:
    values = np.r_[np.arange(40.0), 7.000001, 7.000002]

    bins = numeric_summary(values)["bins"]

    assert len({value for value, _ in bins}) == len(bins) <= 32
    assert sum(count for _, count in bins) == 42


def test_a_big_summary_keeps_rows_and_mean() -> None:
    values = np.random.default_rng(5).normal(10, 3, 20_000).round(5)

    bins = numeric_summary(values)["bins"]

    assert sum(count for _, count in bins) == 20_000
    assert mean(bins) == pytest.approx(values.mean(), abs=1e-4)


def test_a_weighted_summary_adds_up_weights() -> None:
    assert numeric_summary(np.array([1.0, 2.0, 1.0]), np.array([0.5, 4.0, 0.25])) == {
        "counts": [[1, 0.75], [2, 4]],
        "minimum": 1,
        "maximum": 2,
        "median": 2,
    }
