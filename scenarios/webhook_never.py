"""No webhook ever comes: when their time is up orders ask the gateway, and end by what it says."""

import pytest

from booking.faults import Webhook
from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, StackSpec, Step

PLAN = Plan(
    name="webhook_never",
    story=(
        "Given payments by webhook, when no webhook is ever delivered, then orders whose payment settled end confirmed "
        "or get their money back, those whose payment is still pending end unpaid, and none of them is left open."
    ),
    workload=Booking(orders=8, seats=8, clients=8, payment="webhook"),
    steps=(
        Step(id="never_settled", fault=Webhook(deliver="never", settle_ms=600_000, times=4, min_hits=4)),
        Step(id="never_told", fault=Webhook(deliver="never", settle_ms=100, min_hits=4)),
    ),
    expect=Expect(min_ok=1, outcomes={"unpaid": Bounds(at_least=4)}, asked=8, compensations=("void", "release")),
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2)),
)


@pytest.mark.chaos
async def test_webhook_never(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
