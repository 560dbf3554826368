"""Everything stands still for a second while people keep coming: the wait is counted from when they came."""

import pytest

from booking.workloads import Mixed
from chaos import AfterOperations, AtTime, Chaos, EffectSeen, Expect, HoldReached, Plan, Steady, Step
from chaos.faults import Hold, Pause

PAUSE_S = 1

PLAN = Plan(
    name="stall_is_counted",
    story=(
        "Given people who come when they come, when every endpoint stands still for a second, then those who came "
        "meanwhile are seen to have waited for it, at least one of them all of it, and soon nobody waits any more."
    ),
    workload=Mixed(operations=88, seats=60, rate_per_s=20, after_heal=40),
    steps=(
        # An order whose charge is held is under way for certain when everything stops, and waits for the whole of it.
        Step(
            id="under_way",
            fault=Hold(on="charge", point="before_effect", times=1),
            when=AfterOperations(count=24),
            until=EffectSeen(step="stall"),
        ),
        Step(
            id="stall",
            fault=Pause(target="endpoints"),
            when=HoldReached(step="under_way"),
            until=AtTime(at_s=PAUSE_S),
        ),
    ),
    # Recovery is bounded for a busy machine that serves other runs too; the stall is not: a pause cannot be shorter.
    expect=Expect(steady=Steady(good=0.9, p95_factor=20, stalls_ms=PAUSE_S * 1000, recovers_within_s=20)),
)


@pytest.mark.chaos
async def test_stall_is_counted(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
