"""The gateway says everything twice, and every order is placed twice: each is still charged once and booked once."""

import pytest

from booking.faults import Webhook
from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import AfterOperations, AtTime, Bounds, Chaos, Expect, Plan, StackSpec, Step
from chaos.faults import Kill

PLAN = Plan(
    name="webhook_duplicate",
    story=(
        "Given payments by webhook and orders that are placed again while they are paid for, when the gateway tells "
        "every outcome twice and an endpoint dies, then each is charged once and both clients hear of its booking."
    ),
    workload=Booking(orders=12, seats=12, clients=24, payment="webhook", placed_twice=True),
    steps=(
        Step(id="told_twice", fault=Webhook(deliver="duplicated", settle_ms=300, min_hits=12)),
        Step(id="crash", fault=Kill(), when=AfterOperations(count=4), until=AtTime(at_s=0.5)),
    ),
    expect=Expect(min_ok=24, outcomes={"ok": Bounds.exactly(24)}, placed_again=6, hints=24, asked=12),
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2)),
)


@pytest.mark.chaos
async def test_webhook_duplicate(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
