"""A new version goes live in mid-checkout: orders end where they began, and the state they left is understood."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import Bounds, Chaos, EffectSeen, Expect, Plan, RuleHits, StackSpec, Step
from chaos.faults import Delay, Deploy, Hold

PLAN = Plan(
    name="upgrade_in_checkout",
    story=(
        "Given version 1 with eight orders charged and not yet told so, when version 2 is deployed and takes the new "
        "orders, then those eight finish on version 1, their seats are sold by version 2, and no order notices: not "
        "even one whose payment takes its time, since version 2 holds seats for as long as version 1 was told to."
    ),
    workload=Booking(orders=28, seats=28, clients=8, think_ms=200, hold_ms=120_000),
    steps=(
        Step(
            id="charged",
            fault=Hold(on="charge", point="after_effect", min_hits=8),
            until=EffectSeen(step="upgrade"),
        ),
        Step(id="upgrade", fault=Deploy(endpoints=1), when=RuleHits(step="charged", count=8)),
        # Longer than a hold lasts whose seconds version 2 takes for milliseconds.
        Step(
            id="slow",
            fault=Delay(on="charge", point="before_effect", delay_ms=500, times=2),
            when=EffectSeen(step="upgrade"),
        ),
    ),
    expect=Expect(min_ok=28, outcomes={"ok": Bounds.exactly(28)}, deployments=2, carried_over=8),
    stack=StackSpec(endpoints=1, settings=BookingSettings(attempt_timeout_s=60), own=True, app="versions.nexus_v1:app"),
)


@pytest.mark.chaos
async def test_upgrade_in_checkout(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
