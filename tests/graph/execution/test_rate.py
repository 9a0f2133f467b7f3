"""Points come back over time, for each caller apart."""

import pytest

from graph.execution.rate import TokenBuckets


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_bucket_is_full_at_first_and_refused_when_empty(clock: Clock) -> None:
    buckets = TokenBuckets(burst=10, per_second=2, clock=clock)

    assert buckets.take("ada", 10) == 0
    assert buckets.take("ada", 1) == 0.5


def test_what_is_refused_costs_nothing(clock: Clock) -> None:
    buckets = TokenBuckets(burst=10, per_second=2, clock=clock)
    buckets.take("ada", 8)

    assert buckets.take("ada", 4) == 1
    assert buckets.take("ada", 2) == 0


def test_points_come_back_up_to_the_burst(clock: Clock) -> None:
    buckets = TokenBuckets(burst=10, per_second=2, clock=clock)
    buckets.take("ada", 10)

    clock.now = 1
    assert buckets.take("ada", 2) == 0
    clock.now = 1_000
    assert buckets.take("ada", 10) == 0
    assert buckets.take("ada", 1) == 0.5


def test_callers_have_buckets_of_their_own(clock: Clock) -> None:
    buckets = TokenBuckets(burst=10, per_second=2, clock=clock)
    buckets.take("ada", 10)

    assert buckets.take("bob", 10) == 0


def test_more_than_a_full_bucket_takes_all_of_it(clock: Clock) -> None:
    buckets = TokenBuckets(burst=10, per_second=2, clock=clock)

    assert buckets.take("ada", 1_000) == 0
    assert buckets.take("ada", 1_000) == 5


def test_callers_are_forgotten_beyond_a_number(clock: Clock) -> None:
    buckets = TokenBuckets(burst=10, per_second=2, clock=clock, kept=2)
    buckets.take("ada", 10)
    buckets.take("bob", 10)
    buckets.take("eve", 10)

    assert buckets.take("bob", 1) == 0.5
    assert buckets.take("ada", 10) == 0
