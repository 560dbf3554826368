"""Orders are called off at every moment of their lives, while endpoints die: accepted means cancelled."""

import pytest

from chaos.faults import GatewayRule, Kill
from chaos.plan import AtTime, BookingSettings, Bounds, Expect, JournalState, Plan, StackSpec, Step
from chaos.pytest_plugin import Chaos
from chaos.workloads import Cancelling

# So that the crash surely meets an open charge: an unhindered one is over sooner than the journal can be asked.
ONE_CHARGE_UNDER_WAY = {
    "match": {"path": "/v1/charges", "method": "POST", "attempts": "1", "times": 1},
    "action": {"do": "hold", "point": "before_effect"},
}
TOLD_SOON = {
    "match": {"path": "/v1/charges", "method": "POST"},
    "action": {"do": "webhook", "deliver": "once", "settle_ms": 60},
}

PLAN = Plan(
    name="cancel_race",
    story=(
        "Given orders that are cancelled before they are placed, at once, while they are paid or too late, when every "
        "endpoint dies with a charge open, then a cancel was accepted exactly when its order ended cancelled, and no "
        "cancelled order keeps a seat or a charge."
    ),
    workload=Cancelling(orders=16, clients=8, payment="webhook"),
    steps=(
        Step(id="under_way", fault=GatewayRule(rule=ONE_CHARGE_UNDER_WAY)),
        Step(id="told_soon", fault=GatewayRule(rule=TOLD_SOON, min_hits=4)),
        Step(id="crash", fault=Kill(target="endpoints"), when=JournalState(run="charge"), until=AtTime(at_s=0.3)),
    ),
    expect=Expect(min_ok=20, outcomes={"cancelled": Bounds(at_least=4)}, compensations=("release",)),
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2)),
)


@pytest.mark.chaos
async def test_cancel_race(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
