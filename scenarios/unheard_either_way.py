"""A charge is lost before it is made, then after it: both look alike to an order, and it pays once."""

import pytest

from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, Step
from chaos.faults import DropAfterEffect, DropBeforeEffect

PLAN = Plan(
    name="unheard_either_way",
    story=(
        "Given a gateway that drops the first attempt of every charge before it is made and the second after it, when "
        "orders ask a third time, then they are told of the charge that was made, and it is the only one."
    ),
    workload=Booking(orders=12, seats=12, clients=6),
    steps=(
        Step(id="not_made", fault=DropBeforeEffect(on="charge", attempts="1", min_hits=12)),
        Step(id="made", fault=DropAfterEffect(on="charge", attempts="2", min_hits=12)),
    ),
    expect=Expect(min_ok=12, outcomes={"ok": Bounds.exactly(12)}, repeated_charges=12),
)


@pytest.mark.chaos
async def test_unheard_either_way(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
