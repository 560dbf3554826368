"""The webhook overtakes the answer to the charge: it counts, though nobody waits for it yet."""

import pytest

from booking.faults import Webhook
from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, StackSpec, Step

PLAN = Plan(
    name="webhook_before_202",
    story=(
        "Given payments by webhook, when every webhook arrives before the answer to the charge it is about, then every "
        "order is confirmed, and not before the gateway was asked."
    ),
    workload=Booking(orders=12, seats=12, clients=6, payment="webhook"),
    steps=(Step(id="told_first", fault=Webhook(deliver="before_answer", min_hits=12)),),
    expect=Expect(min_ok=12, outcomes={"ok": Bounds.exactly(12)}, hints=12, asked=12),
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2)),
)


@pytest.mark.chaos
async def test_webhook_before_202(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
