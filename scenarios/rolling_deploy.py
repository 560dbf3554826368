"""A release in the rush hour: the new version takes over, the old one finishes and goes, and no order fails."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import AfterOperations, Bounds, Chaos, EffectSeen, Expect, Plan, StackSpec, Step
from chaos.faults import Deploy, Hold

PLAN = Plan(
    name="rolling_deploy",
    story=(
        "Given clients that order without a pause, when version 2 is deployed beside version 1, and version 1 is "
        "drained, removed and ended, then every order is confirmed."
    ),
    workload=Booking(orders=100, seats=100, clients=12),
    steps=(
        # A charge here and there waits until version 2 takes new orders: the load does not end before it does.
        Step(
            id="waiting",
            fault=Hold(on="charge", point="before_effect", probability=0.25),
            until=EffectSeen(step="release"),
        ),
        Step(id="release", fault=Deploy(), when=AfterOperations(count=6), until=AfterOperations(count=20)),
    ),
    expect=Expect(min_ok=100, outcomes={"ok": Bounds.exactly(100)}, deployments=2),
    stack=StackSpec(settings=BookingSettings(attempt_timeout_s=60), own=True, app="versions.nexus_v1:app"),
)


@pytest.mark.chaos
async def test_rolling_deploy(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
