"""A hold is given back and the seat taken by another: the first one's timer, when it comes, frees nothing."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import ReturnedHolds
from chaos import Bounds, Chaos, Expect, Plan, RuleHits, StackSpec, Step
from chaos.faults import Delay, Hold

PLAN = Plan(
    name="hold_given_back",
    story=(
        "Given seats that were reserved and given back, when others pay for them so long that the timers of the first "
        "holds come meanwhile, then those end no hold but their own, and everybody gets the seat that was paid for."
    ),
    workload=ReturnedHolds(seats=3, hold_ms=1_000),
    steps=(
        # Until the last seat is paid for, whose hold had to end by itself: it began last.
        Step(
            id="paying",
            fault=Hold(on="charge", point="before_effect", times=3, min_hits=3),
            until=RuleHits(step="last"),
        ),
        Step(id="last", fault=Delay(on="charge", point="before_effect", delay_ms=1)),
    ),
    expect=Expect(min_ok=11, outcomes={"ok": Bounds.exactly(11)}, timers_outlived=1),
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2, attempt_timeout_s=60)),
)


@pytest.mark.chaos
async def test_hold_given_back(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
