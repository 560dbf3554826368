"""What carries all links dies while a charge is under way: everybody is cut off from everybody at once."""

import pytest

from booking.workloads import Booking
from chaos import AtTime, Chaos, Expect, HoldReached, Plan, Step
from chaos.faults import Hold, Kill

PLAN = Plan(
    name="every_link_dies",
    story=(
        "Given a captured charge that is not answered yet, when every link dies at once and comes back half a second "
        "later, then the charge is asked for again and captured only once, and every accepted order ends."
    ),
    workload=Booking(orders=12, seats=12, clients=4, think_ms=300),
    steps=(
        Step(id="captured", fault=Hold(on="charge", point="after_effect", times=1)),
        Step(id="cut_off", fault=Kill(target="toxiproxy"), when=HoldReached(step="captured"), until=AtTime(at_s=0.5)),
    ),
    expect=Expect(min_ok=1, repeated_charges=1),
)


@pytest.mark.chaos
async def test_every_link_dies(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
