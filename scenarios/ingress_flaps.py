"""The clients' way to Restate comes and goes: what was accepted ends, and they find out how."""

import pytest

from booking.workloads import Booking
from chaos import AtTime, Chaos, Expect, HoldReached, Plan, Step
from chaos.faults import Flapping, Hold

PLAN = Plan(
    name="ingress_flaps",
    story=(
        "Given an order whose charge is under way, when the ingress link goes down and up again and again, then the "
        "order ends though its client was cut off, and an order that never got through has touched nothing."
    ),
    workload=Booking(orders=40, seats=40, clients=4, think_ms=50),
    steps=(
        Step(id="captured", fault=Hold(on="charge", point="after_effect", times=1)),
        Step(
            id="flapping",
            fault=Flapping(link="ingress", down_ms=50, up_ms=100),
            when=HoldReached(step="captured"),
            until=AtTime(at_s=0.5),
        ),
    ),
    expect=Expect(min_ok=1),
)


@pytest.mark.chaos
async def test_ingress_flaps(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
