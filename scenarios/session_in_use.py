"""Users come back to their carts just before their sessions end: the timers that were set before must not end them."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Idling
from chaos import AfterOperations, AtTime, Chaos, Expect, Plan, StackSpec, Step
from chaos.faults import Hold, Kill

PLAN = Plan(
    name="session_in_use",
    story=(
        "Given users who fill a cart, when an endpoint dies, and some of them come back before they have been away for "
        "long enough, then their carts are whole when those who did not come back are forgotten."
    ),
    workload=Idling(users=1, returning=3, away_ms=1_600),
    steps=(
        Step(id="under_way", fault=Hold(on="charge", point="before_effect", times=1)),
        # One of two, so that whoever comes back is served at once.
        Step(id="crash", fault=Kill(target="endpoint"), when=AfterOperations(count=4), until=AtTime(at_s=0.2)),
    ),
    expect=Expect(min_ok=12, kept_in_use=1),
    stack=StackSpec(settings=BookingSettings(session_idle_ms=3_000, signup_timeout_s=3)),
)


@pytest.mark.chaos
async def test_session_in_use(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
