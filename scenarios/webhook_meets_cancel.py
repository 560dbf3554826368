"""An order is called off just when its payment went through and it is told so: the money goes back."""

import pytest

from booking.faults import Webhook
from booking.workloads import Cancelling
from chaos import Bounds, Chaos, Expect, Plan, Step
from chaos.faults import Delay

PLAN = Plan(
    name="webhook_meets_cancel",
    story=(
        "Given payments that are captured and told of at once, when orders are called off before the gateway has told "
        "them whether that is true, then they end cancelled, and what they paid is given back."
    ),
    # The last of four is called off too late: it surely asks the gateway.
    workload=Cancelling(
        orders=8,
        moments=("paying", "paying", "paying", "late"),
        clients=16,
        payment="webhook",
        patience_s=20,
    ),
    steps=(
        Step(id="told_first", fault=Webhook(deliver="before_answer", min_hits=8)),
        Step(id="asked", fault=Delay(on="lookup", point="before_effect", delay_ms=300, min_hits=2)),
    ),
    expect=Expect(
        min_ok=10, shown={"cancelled": Bounds(at_least=3)}, hints=8, cancelled_paid=3, compensations=("void", "release")
    ),
)


@pytest.mark.chaos
async def test_webhook_meets_cancel(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
