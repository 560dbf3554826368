"""The endpoints die after the money moved and before anyone was told: the most expensive moment to crash."""

import pytest

from booking.workloads import Booking
from chaos import AtTime, Chaos, Expect, HoldReached, Plan, Step
from chaos.faults import Hold, Kill

PLAN = Plan(
    name="charge_window_kill",
    story=(
        "Given a gateway that stops after a capture and before its answer, when every endpoint dies at that very "
        "moment, then the charge is asked for again and captured only once."
    ),
    workload=Booking(orders=12, seats=12, clients=4),
    steps=(
        Step(id="captured", fault=Hold(on="charge", point="after_effect", times=1)),
        Step(id="crash", fault=Kill(target="endpoints"), when=HoldReached(step="captured"), until=AtTime(at_s=0.5)),
    ),
    expect=Expect(min_ok=12, repeated_charges=1),
)


@pytest.mark.chaos
async def test_charge_window_kill(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
