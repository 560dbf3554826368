"""The gateway's name is gone from DNS while the answer to a capture is on its way: nobody finds it any more."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import AtTime, Chaos, Expect, HoldReached, Plan, StackSpec, Step
from chaos.faults import DnsFailure, Hold

PLAN = Plan(
    name="gateway_unresolved",
    story=(
        "Given a charge that is captured and not answered yet, when the gateway's name no longer resolves and what was "
        "connected is cut, then the charge is asked for again once the name is back, and captured only once."
    ),
    workload=Booking(orders=12, seats=12, clients=4),
    steps=(
        Step(id="captured", fault=Hold(on="charge", point="after_effect", times=1)),
        Step(
            id="nameless",
            fault=DnsFailure(target="gateway"),
            when=HoldReached(step="captured"),
            until=AtTime(at_s=0.5),
        ),
    ),
    expect=Expect(min_ok=12, repeated_charges=1),
    # Only the cut is to end the attempt that is held: its order is under way, however long taking the name away takes.
    stack=StackSpec(settings=BookingSettings(attempt_timeout_s=60)),
)


@pytest.mark.chaos
async def test_gateway_unresolved(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
