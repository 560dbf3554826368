"""The hold runs out while the card is being charged: the seat may go to another, so the money must come back."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import OutlivedHolds
from chaos import Bounds, Chaos, Expect, Plan, RuleHits, StackSpec, Step
from chaos.faults import Delay, Hold

PLAN = Plan(
    name="late_capture",
    story=(
        "Given charges that are captured and not answered for longer than a seat is held, when others buy the seats "
        "that became free meanwhile, then the late charges are refunded and no seat is sold twice."
    ),
    workload=OutlivedHolds(seats=4),
    steps=(
        # Until each of the others has come to pay.
        Step(
            id="captured",
            fault=Hold(on="charge", point="after_effect", attempts="1", times=4, min_hits=4),
            until=RuleHits(step="others", count=4),
        ),
        Step(id="others", fault=Delay(on="charge", point="before_effect", delay_ms=1, min_hits=4)),
    ),
    expect=Expect(
        min_ok=8,
        shown={"refunded": Bounds.exactly(4), "ok": Bounds.exactly(8)},
        compensations=("refund",),
        resold=4,
    ),
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2, attempt_timeout_s=60)),
)


@pytest.mark.chaos
async def test_late_capture(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
