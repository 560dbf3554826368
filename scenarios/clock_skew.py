"""The endpoints are an hour behind: every hold they set has run out at once, and yet nothing is sold twice.

A delayed call is due at an instant that the SDK counts from the endpoint's clock, not from Restate's.
"""

import pytest

from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, Step
from chaos.faults import ClockSkew, Delay

PLAN = Plan(
    name="clock_skew",
    story=(
        "Given endpoints whose clocks are an hour behind, so that every hold ends as soon as it begins, when charges "
        "take longer than that, then what was captured for a lost seat is refunded, and nothing is sold twice."
    ),
    workload=Booking(orders=16, seats=8, clients=8),
    steps=(
        Step(id="behind", fault=ClockSkew(target="endpoints", ahead_s=-3_600)),
        Step(id="slow", fault=Delay(on="charge", point="before_effect", delay_ms=300)),
    ),
    expect=Expect(min_ok=0, shown={"refunded": Bounds(at_least=1)}, compensations=("refund",)),
)


@pytest.mark.chaos
async def test_clock_skew(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
