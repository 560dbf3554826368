"""Arrivals of an open loop: in order, about as many a second as asked for, and decided by the seed alone."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic import ValidationError

from booking.workloads import Booking, Mixed
from chaos.plan.workload import Call, Load
from chaos.workloads.arrivals import CONNECTIONS

ONE = Call(number=0, service="SeatMap", key="e", handler="get")


@settings(max_examples=20, deadline=None)
@given(seed=some.integers(0, 2**32), rate=some.floats(0.5, 1_000))
def test_arrivals_are_in_order_and_come_at_about_the_rate(seed: int, rate: float) -> None:
    arrivals = Booking(orders=400, seats=20, rate_per_s=rate).decide(Random(seed), "s-1").arrivals_ms
    assert len(arrivals) == 400
    assert all(earlier <= later for earlier, later in pairwise((0, *arrivals)))
    assert 0.7 < arrivals[-1] * rate / 1000 / 400 < 1.35, "the mean of 400 gaps has a spread of 5 %: this is six of it"


def test_gaps_differ_as_those_of_people_do() -> None:
    arrivals = Booking(orders=1_000, seats=1, rate_per_s=10).decide(Random(1), "s-1").arrivals_ms
    gaps = [later - earlier for earlier, later in pairwise(arrivals)]
    longer_than_the_mean = sum(gap > 100 for gap in gaps) / len(gaps)
    assert 0.3 < longer_than_the_mean < 0.43, "1/e of exponential gaps are"


def test_the_loop_changes_nothing_but_when_operations_are_sent() -> None:
    closed = Booking(orders=300, seats=9, think_ms=5).decide(Random(1), "s-1")
    opened = Booking(orders=300, seats=9, think_ms=5, rate_per_s=50).decide(Random(1), "s-1")
    assert closed.arrivals_ms == ()
    assert opened.operations == closed.operations
    assert (opened.clients, opened.think_ms) == (CONNECTIONS, 0)
    assert opened == Booking(orders=300, seats=9, think_ms=5, rate_per_s=50).decide(Random(1), "s-1")


def test_what_is_kept_until_the_heal_is_due_counted_from_then() -> None:
    load = Mixed(operations=200, seats=5, rate_per_s=10, after_heal=80).decide(Random(1), "s-1")
    before, after = load.parts
    assert (before.operations + after.operations, before.arrivals_ms + after.arrivals_ms) == (
        load.operations,
        load.arrivals_ms,
    )
    assert (len(before.operations), len(after.operations)) == (120, 80)
    assert after.arrivals_ms[0] < before.arrivals_ms[-1]
    assert [*after.arrivals_ms] == sorted(after.arrivals_ms)


def test_a_load_all_of_which_waits_for_a_heal_is_refused() -> None:
    with pytest.raises(ValidationError, match="after_heal"):
        Mixed(operations=5, seats=5, after_heal=5)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValidationError, match="rate_per_s"):
        Booking(orders=1, seats=1, rate_per_s=rate)


@pytest.mark.parametrize("arrivals", [(1,), (2, 1)])
def test_a_load_whose_arrivals_do_not_fit_is_refused(arrivals: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError, match="arrivals_ms"):
        Load(operations=(ONE, ONE), clients=1, arrivals_ms=arrivals)
