"""The endpoints have to live in little memory, which is taken from them while they run."""

import pytest

from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, Step
from chaos.faults import MemoryLimit

PLAN = Plan(
    name="endpoints_in_little_memory",
    story=(
        "Given endpoints that may have 160 MB of memory each and no more, when a seat each is booked and some cards "
        "are declined, then every order ends as it would have, and is charged once."
    ),
    workload=Booking(orders=24, seats=24, clients=8, declined=4),
    steps=(Step(id="little", fault=MemoryLimit(target="endpoints", limit_mb=160)),),
    expect=Expect(min_ok=20, outcomes={"declined": Bounds.exactly(4)}),
)


@pytest.mark.chaos
async def test_endpoints_in_little_memory(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
