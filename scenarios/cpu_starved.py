"""The endpoints get a fraction of the CPU: everything is late, and everything is right."""

import pytest

from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, Step
from chaos.faults import CpuStarve

PLAN = Plan(
    name="cpu_starved",
    story=(
        "Given endpoints that may run a quarter of the time, when a seat each is booked and some cards are declined, "
        "then every order ends as it would have, and is charged once."
    ),
    workload=Booking(orders=8, seats=8, clients=8, declined=2),
    steps=(Step(id="starved", fault=CpuStarve(target="endpoints", percent=25)),),
    expect=Expect(min_ok=6, outcomes={"declined": Bounds.exactly(2)}),
)


@pytest.mark.chaos
async def test_cpu_starved(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
