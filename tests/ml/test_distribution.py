import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ml import distribution as module
from ml.distribution import describe


def described(values, *, rows=None, size=1000):
    array = np.asarray(values, dtype=np.float64)
    pieces = [array[start : start + size] for start in range(0, len(array), size)]
    return describe(lambda: iter(pieces), rows=len(array) if rows is None else rows)


def normal(count=50_000, seed=0):
    return np.random.default_rng(seed).normal(100, 15, count)


@pytest.mark.parametrize(
    "values",
    [
        normal(),
        np.random.default_rng(1).lognormal(0, 3, 20_001),
        np.random.default_rng(2).integers(0, 5000, 20_000).astype(float),
        np.arange(10.0),
        np.array([1e9 + 1, 1e9 + 2, 1e9 + 4]),
        np.array([-2.5, 7.0]),
        np.tile([0.1, 0.2, 0.7], 1000),
    ],
    ids=["normal", "skewed", "whole", "few", "far", "two", "repeated"],
)
def test_measures_equal_those_of_numpy_and_scipy(values):
    summary = described(values)

    expected = {
        "population": len(values),
        "missing_count": 0,
        "minimum": values.min(),
        "maximum": values.max(),
        "mean": values.mean(),
        "median": np.median(values),
        "sum": values.sum(),
        "sum_squares": (values**2).sum(),
        "variance": values.var(ddof=1),
        "standard_deviation": values.std(ddof=1),
        "skewness": stats.skew(values),
        "kurtosis": stats.kurtosis(values),
    }
    assert {name: summary[name] for name in expected} == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_few_values_are_counted():
    summary = described([3.0, 1.0, 3.0, 2.5])

    assert summary["counts"] == [[1.0, 1], [2.5, 1], [3.0, 2]]
    assert "bins" not in summary


@pytest.mark.parametrize(("distinct", "key"), [(32, "counts"), (33, "bins")])
def test_up_to_32_values_are_counted_and_more_are_binned(distinct, key):
    summary = described(np.arange(float(distinct)).repeat(3))

    assert len(summary[key]) == 32
    assert {"counts", "bins"} & set(summary) == {key}


@pytest.mark.parametrize(
    "values", [normal(), np.arange(100.0), np.arange(5000.0)], ids=["many", "hundred", "thousands"]
)
def test_bins_keep_number_mean_and_order(values):
    bins = described(values)["bins"]

    assert len(bins) == 32
    assert sum(count for _, count in bins) == len(values)
    assert sum(mean * count for mean, count in bins) == pytest.approx(values.sum())
    assert bins == sorted(bins)


def test_the_exact_histogram_counts_every_value():
    values = normal()

    histogram = described(values)["exact_histogram"]

    edges = histogram["start"] + histogram["width"] * np.arange(len(histogram["populations"]) + 1)
    assert histogram["populations"] == np.histogram(values, edges)[0].tolist()


def test_multiples_of_the_width_fall_into_their_own_bin():
    histogram = described([1.0, 1.1, 1.2, 1.2, *([1.3] * 7), 6.9])["exact_histogram"]

    assert (histogram["start"], histogram["width"]) == (1.0, 0.2)
    assert histogram["populations"][:2] == [2, 9]


def test_the_median_is_exact_without_holding_all_numbers(monkeypatch):
    monkeypatch.setattr(module, "COLLECTED", 10)
    for values in (normal(20_001), normal(20_000), np.random.default_rng(3).lognormal(0, 6, 9999)):
        assert described(values)["median"] == np.median(values)


def test_the_median_between_two_far_clusters_is_exact(monkeypatch):
    monkeypatch.setattr(module, "CELLS", 16)
    values = np.concatenate(
        [np.random.default_rng(4).normal(0, 1, 5000), np.random.default_rng(5).normal(1e6, 1, 5000)]
    )

    assert described(values)["median"] == np.median(values)


def test_a_median_among_equal_numbers_is_found(monkeypatch):
    monkeypatch.setattr(module, "COLLECTED", 10)
    values = np.concatenate([normal(10_000), np.full(30_000, 100.5)])

    assert described(values)["median"] == np.median(values)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_any_numbers_are_described(values):
    summary = described(values, size=7)

    assert summary["median"] == pytest.approx(float(np.median(values)), abs=1e-300)
    assert summary["mean"] == pytest.approx(float(np.mean(values)), rel=1e-9, abs=1e-9)
    pairs = summary.get("counts", summary.get("bins"))
    assert sum(count for _, count in pairs) == len(values)


def test_a_constant_has_no_spread():
    summary = described(np.full(1000, 0.1))

    assert (summary["variance"], summary["standard_deviation"]) == (0.0, 0.0)
    assert (summary["skewness"], summary["kurtosis"]) == (0.0, 0.0)
    assert summary["counts"] == [[0.1, 1000]]


def test_one_number_is_all_its_measures():
    summary = described([4.2])

    assert (summary["mean"], summary["median"], summary["variance"]) == (4.2, 4.2, 0.0)


def test_no_numbers_have_no_measures():
    summary = described([], rows=7)

    assert summary == {
        "population": 0,
        "missing_count": 7,
        "minimum": None,
        "maximum": None,
        "mean": None,
        "median": None,
        "sum": None,
        "sum_squares": None,
        "variance": None,
        "standard_deviation": None,
        "skewness": None,
        "kurtosis": None,
        "counts": [],
    }


def test_measures_beyond_the_range_of_a_double_are_left_open():
    summary = described([-1.7e308, 1.7e308, 1e308])

    assert summary["sum_squares"] is None
    assert summary["variance"] is None
    assert summary["median"] == 1e308
    assert (summary["minimum"], summary["maximum"]) == (-1.7e308, 1.7e308)


def test_missing_numbers_are_the_rows_without_one():
    assert described([1.0, 2.0], rows=5)["missing_count"] == 3
