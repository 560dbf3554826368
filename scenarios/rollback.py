"""A release is taken back: orders go to the new version, then to the old one again, and none is lost on the way."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import AfterOperations, Bounds, Chaos, EffectSeen, Expect, Plan, StackSpec, Step
from chaos.faults import Hold, Rollback

PLAN = Plan(
    name="rollback",
    story=(
        "Given orders under way, when another version of the app takes the new ones, and a while later the version "
        "before it is registered again by its old address, then what began on either is finished there, the version "
        "that was taken back has nothing left, and every seat is sold once."
    ),
    workload=Booking(orders=100, seats=100, clients=12),
    steps=(
        # A charge here and there waits until the new version takes new orders, and again until it does no longer.
        Step(
            id="waiting",
            fault=Hold(on="charge", point="before_effect", probability=0.25),
            until=EffectSeen(step="release"),
        ),
        Step(id="release", fault=Rollback(), when=AfterOperations(count=6), until=AfterOperations(count=20)),
    ),
    expect=Expect(min_ok=100, shown={"ok": Bounds.exactly(100)}, deployments=2),
    stack=StackSpec(settings=BookingSettings(attempt_timeout_s=60), own=True),
)


@pytest.mark.chaos
async def test_rollback(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
