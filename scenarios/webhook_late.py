"""The webhook comes long after the payment: the order asks for itself in time, and the latecomer is a no-op."""

import pytest

from booking.faults import Webhook
from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, StackSpec, Step

PLAN = Plan(
    name="webhook_late",
    story=(
        "Given payments by webhook, when every webhook comes after the time an order waits for it, then the order asks "
        "the gateway itself, is confirmed, and what it is told afterwards changes nothing."
    ),
    workload=Booking(orders=12, seats=12, clients=12, payment="webhook"),
    steps=(Step(id="told_late", fault=Webhook(deliver="late", delay_ms=3_000, min_hits=12)),),
    expect=Expect(min_ok=12, outcomes={"ok": Bounds.exactly(12)}, hints=12, hints_too_late=1, asked=12),
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2)),
)


@pytest.mark.chaos
async def test_webhook_late(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
