"""Every endpoint is OOM-killed, after the money moved and before anyone was told."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import AtTime, Chaos, Expect, HoldReached, Plan, StackSpec, Step
from chaos.faults import Hold, OomKill

PLAN = Plan(
    name="endpoints_out_of_memory",
    story=(
        "Given a gateway that stops after a capture and before its answer, when the endpoints run out of memory and "
        "the kernel kills them, then the charge is asked for again by those that come back, and captured only once."
    ),
    workload=Booking(orders=12, seats=12, clients=4),
    steps=(
        Step(id="captured", fault=Hold(on="charge", point="after_effect", times=1)),
        Step(
            id="out_of_memory",
            fault=OomKill(target="endpoints"),
            when=HoldReached(step="captured"),
            until=AtTime(at_s=0.2),
        ),
    ),
    expect=Expect(min_ok=12, repeated_charges=1),
    stack=StackSpec(settings=BookingSettings(attempt_timeout_s=60)),  # only death is to end the attempt that is held
)


@pytest.mark.chaos
async def test_endpoints_out_of_memory(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
