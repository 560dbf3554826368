"""Estimates hold what they say: checked against known tables and against samples whose median is known."""

from __future__ import annotations

from random import Random

import pytest

from benchmarks.statistics import covers, estimate, ratios


def test_the_interval_is_the_one_of_the_tables_for_ten_values() -> None:
    found = estimate([10, 1, 9, 2, 8, 3, 7, 4, 6, 5])
    assert (found.median, found.low, found.high, found.n) == (5.5, 2, 9, 10)
    assert found.confidence == pytest.approx(0.9785, abs=0.0001)


def test_too_few_values_give_their_range_and_its_smaller_confidence() -> None:
    found = estimate([3, 1, 2])
    assert (found.median, found.low, found.high) == (2, 1, 3)
    assert found.confidence == pytest.approx(0.75)


def test_one_value_is_known_with_no_confidence_at_all() -> None:
    assert estimate([7]) == (7, 7, 7, 0, 1)


def test_no_value_gives_no_estimate() -> None:
    with pytest.raises(ValueError, match="no values"):
        estimate([])


@pytest.mark.parametrize("n", range(6, 60))
def test_the_interval_is_confident_enough_and_no_wider_than_that_needs(n: int) -> None:
    found = estimate(range(n))
    cut = int(found.low)
    assert found.high == n - 1 - cut
    assert covers(n, cut) >= 0.95 > covers(n, cut + 1)


def test_intervals_hold_the_true_median_as_often_as_they_say() -> None:
    random = Random(1)
    samples = [[random.lognormvariate(0, 1) for _ in range(10)] for _ in range(4_000)]
    held = sum(found.low <= 1 <= found.high for found in map(estimate, samples))
    assert held / len(samples) == pytest.approx(covers(10, 1), abs=0.01)


def test_ratios_are_made_in_pairs() -> None:
    assert ratios([1, 6], [2, 3]) == [0.5, 2]
    with pytest.raises(ValueError, match="shorter"):
        ratios([1, 2], [1])
