"""Restate may have a tenth of a CPU: everything is late, and everything is right."""

import pytest

from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, Step
from chaos.faults import CpuLimit

PLAN = Plan(
    name="restate_throttled",
    story=(
        "Given a Restate whose control group lets it have a tenth of a CPU, when a seat each is booked and some "
        "cards are declined, then every order ends as it would have, and is charged once."
    ),
    workload=Booking(orders=12, seats=12, clients=6, declined=2),
    steps=(Step(id="throttled", fault=CpuLimit(target="restate", cpus=0.1)),),
    expect=Expect(min_ok=10, outcomes={"declined": Bounds.exactly(2)}),
)


@pytest.mark.chaos
async def test_restate_throttled(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
