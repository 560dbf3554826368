"""Every endpoint dies while `charge` runs: the charge runs again, and is still made once."""

import pytest

from booking.workloads import Booking
from chaos import AtTime, Chaos, Expect, HoldReached, Plan, Step
from chaos.faults import Hold, Kill

PLAN = Plan(
    name="worker_restart",
    story=(
        "Given charges that the gateway has received and not yet made, when every endpoint dies and is back a second "
        "later, then the charges are asked for again, and each order is charged once and ends."
    ),
    workload=Booking(orders=16, seats=16, clients=6),
    steps=(
        Step(id="under_way", fault=Hold(on="charge", point="before_effect", attempts="1", times=3)),
        Step(id="crash", fault=Kill(target="endpoints"), when=HoldReached(step="under_way"), until=AtTime(at_s=1)),
    ),
    expect=Expect(min_ok=16, repeated_charges=1),
)


@pytest.mark.chaos
async def test_worker_restart(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
