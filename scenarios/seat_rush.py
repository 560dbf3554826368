"""A hundred people want one seat at once: one gets it, ninety-nine are told no and never charged."""

import pytest

from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan

PLAN = Plan(
    name="seat_rush",
    story=(
        "Given one seat, when a hundred orders for it arrive together, then one is confirmed and the others are "
        "refused without a charge."
    ),
    workload=Booking(orders=100, seats=1, clients=100),
    expect=Expect(min_ok=1, outcomes={"ok": Bounds.exactly(1)}, refused=Bounds.exactly(99)),
)


@pytest.mark.chaos
async def test_seat_rush(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
