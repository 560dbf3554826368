"""The gateway asks to come again in a second: charges do, though their own backoff would outlast the hold."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, StackSpec, Step
from chaos.faults import Respond

PLAN = Plan(
    name="rate_limited",
    story=(
        "Given a backoff that is longer than the hold, when the gateway answers the first two attempts of every charge "
        "with 429 and Retry-After, then orders come again when it says, and are paid while they hold their seats."
    ),
    workload=Booking(orders=10, seats=10, clients=10, hold_ms=20_000),
    steps=(
        Step(
            id="rate_limit",
            fault=Respond(on="charge", status=429, headers={"Retry-After": "1"}, attempts="1-2", min_hits=20),
        ),
    ),
    expect=Expect(min_ok=10, outcomes={"ok": Bounds.exactly(10)}, repeated_charges=10),
    # An attempt that timed out would not be made again within the hold.
    stack=StackSpec(settings=BookingSettings(retry_initial_ms=30_000, retry_max_ms=30_000, attempt_timeout_s=60)),
)


@pytest.mark.chaos
async def test_rate_limited(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
