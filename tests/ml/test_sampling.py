from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.errors import ArgumentError
from ml.sampling import Selection, folds, holdout, ranged, sample, select


@pytest.mark.parametrize(
    ("rows", "rate", "count"),
    [(150, 0.8, 120), (768, 0.8, 614), (150, 0.3, 45), (100, 0.29, 29), (10, 0.01, 0), (0, 0.5, 0)],
)
def test_exactly_the_share_of_the_rows_is_drawn(rows, rate, count):
    assert len(select(rows, Selection(rate=rate, seed="a"))) == count
    assert len(select(rows, Selection(rate=rate))) == count


def test_rows_keep_their_order_and_come_once():
    drawn = select(1000, Selection(rate=0.5, seed="a"))

    assert (np.diff(drawn) > 0).all()


def test_the_same_seed_draws_the_same_rows():
    assert select(100, Selection(rate=0.1, seed="a")).tolist() == [20, 25, 42, 48, 54, 60, 70, 73, 77, 84]
    assert select(100, Selection(rate=0.1, seed="b")).tolist() != select(100, Selection(rate=0.1, seed="a")).tolist()


def test_without_a_seed_the_rows_are_random():
    assert select(1000, Selection(rate=0.5)).tolist() != select(1000, Selection(rate=0.5)).tolist()


@given(st.integers(0, 300), st.floats(0.01, 1.0), st.booleans())
def test_out_of_bag_is_exactly_the_complement(rows, rate, replacement):
    drawn = select(rows, Selection(rate=rate, seed="a", replacement=replacement))
    left = select(rows, Selection(rate=rate, seed="a", replacement=replacement, out_of_bag=True))

    assert set(drawn.tolist()) | set(left.tolist()) == set(range(rows))
    assert not set(drawn.tolist()) & set(left.tolist())


def test_with_replacement_rows_come_several_times():
    drawn = select(1000, Selection(replacement=True, seed="a"))

    assert len(drawn) == 1000
    assert max(Counter(drawn.tolist()).values()) > 1
    assert drawn.tolist() == sorted(drawn.tolist())


def test_the_range_is_applied_before_the_rate():
    assert select(100, Selection(range=(11, 20))).tolist() == list(range(10, 20))
    drawn = select(100, Selection(range=(11, 20), rate=0.5, seed="a"))
    assert len(drawn) == 5
    assert set(drawn.tolist()) <= set(range(10, 20))
    assert ranged(100, Selection(range=(1, 1), rate=0.5)).tolist() == [0]


@pytest.mark.parametrize("bounds", [(0, 5), (1, 101), (6, 5), (-3, 4)])
def test_a_range_outside_the_rows_is_refused(bounds):
    with pytest.raises(ArgumentError) as refusal:
        select(100, Selection(range=bounds))

    assert refusal.value.path == ("range",)


@pytest.mark.parametrize("rate", [0.0, -0.1, 1.1, float("nan")])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ArgumentError) as refusal:
        sample(100, Selection(rate=rate))

    assert refusal.value.path == ("sample_rate",)


def test_a_selection_knows_that_it_takes_everything():
    assert Selection(seed="a").takes_all
    assert not Selection(range=(1, 2)).takes_all
    assert not Selection(out_of_bag=True).takes_all


def test_a_smaller_sample_is_part_of_a_larger_one():
    small, large = (set(select(100, Selection(rate=rate, seed="a")).tolist()) for rate in (0.2, 0.6))

    assert small < large


@pytest.mark.parametrize("labels", [None, ["a", "b"] * 50])
def test_a_holdout_has_its_share(labels):
    split = holdout(100, share=0.33, seed="a", labels=labels)

    assert len(split.test) == 33
    assert sorted([*split.train.tolist(), *split.test.tolist()]) == list(range(100))


def test_a_stratified_holdout_has_its_share_of_every_label():
    labels = ["rare"] * 10 + ["common"] * 90

    split = holdout(100, share=0.3, seed="a", labels=labels)

    assert Counter(labels[row] for row in split.test) == {"rare": 3, "common": 27}


@pytest.mark.parametrize("share", [0.0, 1.0, 0.001])
def test_a_holdout_without_one_side_is_refused(share):
    with pytest.raises(ArgumentError) as refusal:
        holdout(100, share=share)

    assert refusal.value.path == ("share",)


def test_every_row_is_tested_in_one_fold():
    splits = folds(103, count=10, seed="a")

    assert sorted(row for split in splits for row in split.test.tolist()) == list(range(103))
    assert {len(split.test) for split in splits} == {10, 11}
    assert all(not set(split.train.tolist()) & set(split.test.tolist()) for split in splits)
    assert all(len(split.train) + len(split.test) == 103 for split in splits)


def test_stratified_folds_have_as_many_of_each_label():
    labels = ["a"] * 50 + ["b"] * 30 + ["c"] * 20

    counts = [Counter(labels[row] for row in split.test) for split in folds(100, count=10, seed="s", labels=labels)]

    assert counts == [{"a": 5, "b": 3, "c": 2}] * 10


def test_folds_are_repeatable():
    first, second = (folds(50, count=5, seed="a") for _ in range(2))

    assert [split.test.tolist() for split in first] == [split.test.tolist() for split in second]


@pytest.mark.parametrize("count", [1, 0, 11])
def test_an_impossible_number_of_folds_is_refused(count):
    with pytest.raises(ArgumentError) as refusal:
        folds(10, count=count)

    assert refusal.value.path == ("folds",)


def test_labels_must_be_as_many_as_rows():
    with pytest.raises(ArgumentError) as refusal:
        folds(10, count=2, labels=["a"])

    assert refusal.value.path == ("labels",)
