"""Asked again too early: the first attempt is still being carried out, and "in progress" is all the gateway says."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, StackSpec, Step
from chaos.faults import Delay, InProgress

SLOW = {"point": "before_effect", "attempts": "1", "delay_ms": 1_000, "times": 3, "min_hits": 3}

PLAN = Plan(
    name="still_in_progress",
    story=(
        "Given first attempts at three charges, three voids and three mails that take a second, when the app gives up "
        "waiting for them after a third of it and is told 409 in_progress each time it asks again, then it takes "
        "that for no answer: every order is charged once, every payment that failed is settled, every mail goes out."
    ),
    # With a pause after each order, so that the load outlasts the first mails.
    workload=Booking(orders=12, seats=6, clients=1, think_ms=500, declined=6, declined_first=True),
    steps=(
        Step(id="slow_charges", fault=Delay(on="charge", **SLOW)),
        Step(id="busy_charges", fault=InProgress(on="charge", attempts="2-", min_hits=3)),
        Step(id="slow_voids", fault=Delay(on="void", **SLOW)),
        Step(id="busy_voids", fault=InProgress(on="void", attempts="2-", min_hits=3)),
        Step(id="slow_mails", fault=Delay(on="mail", **SLOW)),
        Step(id="busy_mails", fault=InProgress(on="mail", attempts="2-", min_hits=3)),
    ),
    expect=Expect(
        min_ok=6,
        shown={"declined": Bounds.exactly(6), "ok": Bounds.exactly(6)},
        compensations=("void", "release"),
    ),
    stack=StackSpec(settings=BookingSettings(attempt_timeout_s=0.3)),
)


@pytest.mark.chaos
async def test_still_in_progress(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
