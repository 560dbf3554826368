"""There is no room left for Restate's log: it takes no more, and loses nothing of what it took."""

import pytest

from booking.workloads import Booking
from chaos import Chaos, EffectSeen, Expect, Plan, RuleHits, StackSpec, Step
from chaos.faults import DiskFull, Hold

PLAN = Plan(
    name="restate_disk_full",
    story=(
        "Given orders whose charges the gateway holds, when there is no room left for what Restate appends, and there "
        "is again and it is started anew, then it goes on where its log ends: no order that it took is lost, and none "
        "is charged twice."
    ),
    # auto_reset: a client sends an order when its seat can be read, and none to a server that cannot write.
    workload=Booking(orders=16, seats=16, clients=4, auto_reset=True),
    steps=(
        # Until there is no room; what is charged then has to be appended.
        Step(id="charging", fault=Hold(on="charge", point="before_effect"), until=EffectSeen(step="full")),
        Step(id="full", fault=DiskFull(), when=RuleHits(step="charging", count=4), until=EffectSeen(step="full")),
    ),
    expect=Expect(min_ok=8),
    stack=StackSpec(restate_disk_mb=64),
)


@pytest.mark.chaos
async def test_restate_disk_full(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
