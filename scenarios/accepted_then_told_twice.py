"""A charge is accepted, answered 503 and then told of twice: nobody pays twice, and every order is confirmed once."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, StackSpec, Step
from chaos.faults import AcceptThenFail

PLAN = Plan(
    name="accepted_then_told_twice",
    story=(
        "Given payments by webhook, when the gateway accepts every charge, answers 503 and then tells twice that it "
        "succeeded, then the charge is asked for again, captured once, and its order confirmed."
    ),
    workload=Booking(orders=10, seats=10, clients=5, payment="webhook"),
    steps=(Step(id="accepted", fault=AcceptThenFail(on="charge", attempts="1", deliver="duplicated", min_hits=10)),),
    expect=Expect(min_ok=10, outcomes={"ok": Bounds.exactly(10)}, repeated_charges=10, hints=20),
    # Nobody hangs up before the 503, however slow the machine is.
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2, attempt_timeout_s=60)),
)


@pytest.mark.chaos
async def test_accepted_then_told_twice(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
