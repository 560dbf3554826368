"""The way to the gateway swallows everything while the answer to a capture is on it: nothing breaks, nothing comes."""

import pytest

from booking.workloads import Booking
from chaos import AtTime, Chaos, Expect, HoldReached, Plan, Step
from chaos.faults import Hold, Timeout

PLAN = Plan(
    name="gateway_black_hole",
    story=(
        "Given a charge that is captured and not answered yet, when the link to the gateway becomes a black hole in "
        "both directions, then the charge is asked for again once the link is whole, and captured only once."
    ),
    workload=Booking(orders=12, seats=12, clients=4),
    steps=(
        Step(id="captured", fault=Hold(on="charge", point="after_effect", times=1)),
        Step(
            id="black_hole",
            fault=Timeout(link="gateway"),
            when=HoldReached(step="captured"),
            until=AtTime(at_s=0.5),
        ),
    ),
    expect=Expect(min_ok=12, repeated_charges=1),
)


@pytest.mark.chaos
async def test_gateway_black_hole(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
