"""The endpoints die in the middle of a charge, and Restate hears of it only a third of a second later."""

import pytest

from booking.workloads import Booking
from chaos import AtTime, Chaos, Expect, HoldReached, Plan, Step
from chaos.faults import Hold, Kill, SlowClose

PLAN = Plan(
    name="death_heard_late",
    story=(
        "Given a link that passes on the end of a connection late, when every endpoint dies after a capture and before "
        "its answer, then Restate tries again once it has heard, and the order is charged exactly once."
    ),
    workload=Booking(orders=12, seats=12, clients=4),
    steps=(
        Step(id="late_news", fault=SlowClose(link="endpoint", delay_ms=300)),
        Step(id="captured", fault=Hold(on="charge", point="after_effect", times=1)),
        Step(id="crash", fault=Kill(target="endpoints"), when=HoldReached(step="captured"), until=AtTime(at_s=0.2)),
    ),
    expect=Expect(min_ok=12, repeated_charges=1),
)


@pytest.mark.chaos
async def test_death_heard_late(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
