"""Every endpoint dies again and again as soon as it is back: the orders end once the endpoints stay up."""

import pytest

from booking.workloads import Booking
from chaos import Chaos, EffectSeen, Expect, Plan, RuleHits, Step
from chaos.faults import CrashLoop, Hold

PLAN = Plan(
    name="endpoint_crash_loop",
    story=(
        "Given charges that the gateway has received and not yet made, when every endpoint dies, and again each "
        "time it is back, then Restate tries until they stay, and each order is charged once and ends."
    ),
    workload=Booking(orders=16, seats=16, clients=6),
    steps=(
        Step(id="charging", fault=Hold(on="charge", point="before_effect", attempts="1", times=6)),
        Step(
            id="loop",
            fault=CrashLoop(target="endpoints", times=3),
            when=RuleHits(step="charging", count=6),
            until=EffectSeen(step="loop"),
        ),
    ),
    expect=Expect(min_ok=16, repeated_charges=6),
)


@pytest.mark.chaos
async def test_endpoint_crash_loop(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
