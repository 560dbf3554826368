"""Payment and hold end in the same moment: who loses the seat gets the money back."""

import pytest

from booking.faults import Webhook
from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, StackSpec, Step
from chaos.faults import Delay

PLAN = Plan(
    name="webhook_meets_expiry",
    story=(
        "Given payments that are captured while the seat is held, when some are told of so that the hold ends before "
        "the gateway has said whether that is true, and others only then, then each order has its seat or its money."
    ),
    workload=Booking(orders=6, seats=6, clients=6, payment="webhook", hold_ms=1_900),
    steps=(
        Step(id="told_in_time", fault=Webhook(deliver="once", times=3)),
        Step(id="told_too_late", fault=Webhook(deliver="late", delay_ms=2_100)),
        # Those that were told in time ask first; they hear it when their hold, which began before, has surely ended.
        Step(id="asked", fault=Delay(on="lookup", point="before_effect", delay_ms=2_300, times=3)),
    ),
    # On a machine so slow that most holds end before anything is charged, one of each kind shows as much.
    expect=Expect(min_ok=0, shown={"refunded": Bounds(at_least=1)}, hints=2, asked=2, compensations=("refund",)),
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2, attempt_timeout_s=60)),
)


@pytest.mark.chaos
async def test_webhook_meets_expiry(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
