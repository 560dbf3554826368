"""Nothing breaks: every order is charged once, every seat is sold once, and all who ask get an answer."""

import pytest

from booking.workloads import Booking
from chaos import Chaos, Expect, Plan

PLAN = Plan(
    name="baseline",
    story=(
        "Given 60 orders for 40 seats and a few declined cards, when nothing breaks, then every order ends as it "
        "should."
    ),
    workload=Booking(orders=60, seats=40, clients=8, declined=4),
    expect=Expect(min_ok=30),
)


@pytest.mark.chaos
async def test_baseline(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
