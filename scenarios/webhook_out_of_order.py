"""Webhooks contradict each other: an older one arrives last, and orders go by what the gateway says when asked."""

import pytest

from booking.faults import Webhook
from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, StackSpec, Step

PLAN = Plan(
    name="webhook_out_of_order",
    story=(
        "Given payments by webhook, some of which fail, when each outcome is followed by an older webhook saying the "
        "opposite, then exactly the orders that were paid are confirmed."
    ),
    workload=Booking(orders=10, seats=10, clients=5, payment="webhook"),
    steps=(
        Step(
            id="failed_then_older",
            fault=Webhook(deliver="out_of_order", outcome="failed", settle_ms=100, times=5, min_hits=5),
        ),
        Step(id="succeeded_then_older", fault=Webhook(deliver="out_of_order", settle_ms=100, min_hits=5)),
    ),
    expect=Expect(min_ok=5, outcomes={"ok": Bounds.exactly(5), "declined": Bounds.exactly(5)}, hints=12, asked=10),
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2)),
)


@pytest.mark.chaos
async def test_webhook_out_of_order(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
