"""The gateway dies again and again after it took the money: what it captured it still knows, and takes no more."""

import pytest

from booking.workloads import Booking
from chaos import Chaos, EffectSeen, Expect, Plan, RuleHits, Step
from chaos.faults import CrashLoop, Hold

PLAN = Plan(
    name="gateway_crash_loop",
    story=(
        "Given charges that are captured and not yet answered, when the gateway is killed, and killed again each "
        "time it is back, then the charges are asked for again until it stays, and none is captured twice."
    ),
    workload=Booking(orders=16, seats=16, clients=6),
    steps=(
        Step(id="captured", fault=Hold(on="charge", point="after_effect", attempts="1", times=6)),
        Step(
            id="loop",
            fault=CrashLoop(target="gateway", times=3),
            when=RuleHits(step="captured", count=6),
            until=EffectSeen(step="loop"),
        ),
    ),
    expect=Expect(min_ok=16, repeated_charges=6),
)


@pytest.mark.chaos
async def test_gateway_crash_loop(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
