"""Orders are called off at every moment of their lives, while endpoints die: accepted means cancelled."""

import pytest

from booking.faults import Webhook
from booking.settings import BookingSettings
from booking.workloads import Cancelling
from chaos import AtTime, Bounds, Chaos, Expect, JournalState, Plan, StackSpec, Step
from chaos.faults import Hold, Kill

PLAN = Plan(
    name="cancel_race",
    story=(
        "Given orders that are cancelled before they are placed, at once, while they are paid or too late, when every "
        "endpoint dies with a charge open, then a cancel was accepted exactly when its order ended cancelled, and no "
        "cancelled order keeps a seat or a charge."
    ),
    workload=Cancelling(orders=16, clients=8, payment="webhook"),
    steps=(
        Step(id="under_way", fault=Hold(on="charge", point="before_effect", times=1)),
        Step(id="told_soon", fault=Webhook(deliver="once", settle_ms=60, min_hits=4)),
        Step(id="crash", fault=Kill(target="endpoints"), when=JournalState(run="charge"), until=AtTime(at_s=0.3)),
    ),
    expect=Expect(min_ok=20, outcomes={"cancelled": Bounds(at_least=4)}, compensations=("release",)),
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2)),
)


@pytest.mark.chaos
async def test_cancel_race(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
