"""Every endpoint is dead when sessions have been idle for long enough: they are cleared as soon as one is back."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Idling
from chaos import AfterOperations, AtTime, Chaos, Expect, Plan, StackSpec, Step
from chaos.faults import Delay, Kill

PLAN = Plan(
    name="session_idles",
    story=(
        "Given users who fill a cart and go away, when every endpoint is dead at the moment their sessions have been "
        "idle for long enough, then the sessions are cleared afterwards and leave no state."
    ),
    workload=Idling(users=4),
    steps=(
        # An order is under way for longer than it takes to fill the carts, and to kill the endpoints then.
        Step(id="slow_charge", fault=Delay(on="charge", point="before_effect", delay_ms=500, times=1)),
        Step(
            id="endpoints_dead",
            fault=Kill(target="endpoints"),
            when=AfterOperations(count=4),
            until=AtTime(at_s=3.3),
        ),
    ),
    expect=Expect(min_ok=9, expired_while_down=1),
    stack=StackSpec(settings=BookingSettings(session_idle_ms=3_000, signup_timeout_s=3)),
)


@pytest.mark.chaos
async def test_session_idles(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
