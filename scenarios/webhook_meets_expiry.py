"""Payment and hold end in the same moment: who loses the seat gets the money back."""

import pytest

from chaos.faults import Delay, Webhook
from chaos.plan import BookingSettings, Expect, Plan, StackSpec, Step
from chaos.pytest_plugin import Chaos
from chaos.workloads import Booking

PLAN = Plan(
    name="webhook_meets_expiry",
    story=(
        "Given payments that are captured while the seat is held and told of when it no longer is, when the hold's end "
        "and the last question to the gateway meet, then each order has its seat or its money back."
    ),
    workload=Booking(orders=6, seats=6, clients=6, payment="webhook", hold_ms=1_900),
    steps=(
        Step(id="told_too_late", fault=Webhook(deliver="late", delay_ms=2_100, min_hits=6)),
        # Some of the orders that ask at the last moment hear it when their hold has surely ended.
        Step(id="asked_last", fault=Delay(on="lookup", point="before_effect", delay_ms=500, times=3, min_hits=3)),
    ),
    expect=Expect(min_ok=0, hints=6, asked=6, compensations=("refund",)),
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2)),
)


@pytest.mark.chaos
async def test_webhook_meets_expiry(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
