"""An event that costs nothing: seats are booked without the gateway, which takes no charge of nothing."""

import pytest

from booking.workloads import Booking
from chaos import AfterOperations, Bounds, Chaos, EffectSeen, Expect, Plan, Step
from chaos.faults import Kill

PLAN = Plan(
    name="free_event",
    story=(
        "Given an event whose seats cost nothing, wanted by twice as many as there are, also with cards that would be "
        "declined, when an endpoint is killed, then every seat is sold once, nothing is charged, and the gateway is "
        "never asked."
    ),
    workload=Booking(orders=40, seats=20, clients=6, declined=10, price_cents=0, payment="webhook"),
    steps=(
        Step(
            id="crash",
            fault=Kill(target="endpoint"),
            when=AfterOperations(count=5),
            until=EffectSeen(step="crash"),
        ),
    ),
    expect=Expect(min_ok=20, shown={"ok": Bounds.exactly(20)}),
)


@pytest.mark.chaos
async def test_free_event(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
