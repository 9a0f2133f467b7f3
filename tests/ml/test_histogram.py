import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.histogram import BIN_LIMIT, merged_bins, round_bins

FINITE = st.floats(-1e12, 1e12).filter(lambda value: value == 0 or abs(value) > 1e-6)


@pytest.mark.parametrize(
    ("minimum", "maximum", "start", "width", "count"),
    [
        (4.3, 7.9, 4.2, 0.2, 19),
        (2.0, 4.4, 2.0, 0.1, 25),
        (1.0, 6.9, 1.0, 0.2, 30),
        (0.1, 2.5, 0.1, 0.1, 25),
        (-10.0, 10.0, -10.0, 1.0, 21),
        (0.0, 1e-9, 0.0, 5e-11, 21),
        (1e9, 3e9, 1e9, 1e8, 21),
    ],
)
def test_bins_have_a_round_width(minimum, maximum, start, width, count):
    bins = round_bins(minimum, maximum, are_whole=False)

    assert bins is not None
    assert (bins.start, bins.width, bins.count) == (start, width, count)


def test_bins_of_whole_numbers_are_no_narrower_than_one():
    bins = round_bins(0.0, 9.0, are_whole=True)

    assert bins is not None
    assert (bins.start, bins.width, bins.count) == (0.0, 1.0, 10)


def test_one_value_has_one_bin():
    bins = round_bins(7.0, 7.0, are_whole=True)

    assert bins is not None
    assert (bins.start, bins.width, bins.count) == (7.0, 1.0, 1)


def test_a_range_beyond_doubles_has_no_round_bins():
    assert round_bins(-1.7e308, 1.7e308, are_whole=False) is None


@given(st.lists(FINITE, min_size=2, unique=True))
def test_every_value_lies_in_its_bin(values):
    bins = round_bins(min(values), max(values), are_whole=False)

    if bins is not None:
        assert bins.count <= BIN_LIMIT
        for value, index in zip(values, bins.indices(np.array(values)), strict=True):
            low = bins.start + index * bins.width
            assert (
                low - 1e-6 * bins.width - abs(value) * 1e-9
                <= value
                <= low + bins.width * (1 + 1e-6) + abs(value) * 1e-9
            )


def test_the_nearest_neighbours_are_joined_first():
    assert merged_bins([0.0, 1.0, 1.5, 9.0], [1, 1, 3, 1], limit=3) == [[0.0, 1], [1.375, 4], [9.0, 1]]


def test_few_bins_stay_as_they_are():
    assert merged_bins([1.0, 2.0], [3, 4]) == [[1.0, 3], [2.0, 4]]
    assert merged_bins([], []) == []


@given(
    st.lists(st.tuples(st.integers(-10_000, 10_000), st.integers(1, 100)), min_size=1, unique_by=lambda pair: pair[0])
)
def test_joining_keeps_the_number_and_the_sum(pairs):
    pairs.sort()
    values, counts = zip(*pairs, strict=True)

    bins = merged_bins(values, counts)

    assert len(bins) == min(len(pairs), BIN_LIMIT)
    assert sum(count for _, count in bins) == sum(counts)
    assert sum(mean * count for mean, count in bins) == pytest.approx(
        sum(value * count for value, count in pairs), abs=1e-6
    )
    assert [mean for mean, _ in bins] == sorted(mean for mean, _ in bins)
