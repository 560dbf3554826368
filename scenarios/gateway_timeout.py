"""Nobody knows whether the money moved: the hold runs out, and a void settles it either way."""

import pytest

from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, Step
from chaos.faults import DropAfterEffect, Hang

PLAN = Plan(
    name="gateway_timeout",
    story=(
        "Given charges whose answers never come, some captured and some not, when the hold runs out, then the "
        "order ends unpaid, the void gives the money back or bars the charge for good, and the seat is free."
    ),
    workload=Booking(orders=12, seats=12, clients=12, hold_ms=2_500),
    steps=(
        Step(id="captured_unheard", fault=DropAfterEffect(on="charge", probability=0.5)),
        Step(id="never_answered", fault=Hang(on="charge")),
    ),
    expect=Expect(min_ok=0, outcomes={"unpaid": Bounds.exactly(12)}, compensations=("void",)),
)


@pytest.mark.chaos
async def test_gateway_timeout(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
