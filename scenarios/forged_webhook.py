"""Somebody else says that the money came: before, while and after an order is paid; it sells nothing."""

import pytest

from booking.faults import Webhook
from booking.settings import BookingSettings
from booking.workloads import Forgery
from chaos import Bounds, Chaos, Expect, Plan, StackSpec, Step

PLAN = Plan(
    name="forged_webhook",
    story=(
        "Given charges that stay pending or were declined, when a forger posts a success for each order before it is "
        "placed, while it is paid and after its end, then the gateway is asked, nothing is sold and nothing is charged."
    ),
    workload=Forgery(orders=6, declined=2),
    steps=(Step(id="never_settled", fault=Webhook(deliver="never", settle_ms=600_000, min_hits=4)),),
    expect=Expect(
        min_ok=18,
        outcomes={"ok": Bounds.exactly(18), "unpaid": Bounds.exactly(4), "declined": Bounds.exactly(2)},
        hints=18,
        forged=4,
        asked=4,
        compensations=("void", "release"),
    ),
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2)),
)


@pytest.mark.chaos
async def test_forged_webhook(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
