"""Whole carts are ordered while endpoints die and the mailer is silent: an order a seat, and an e-mail an order."""

import pytest

from chaos.faults import GatewayRule, Kill
from chaos.plan import AtTime, Expect, JournalState, Plan, Step
from chaos.pytest_plugin import Chaos
from chaos.workloads import Shopping

# So that the crash surely meets an open charge: an unhindered one is over sooner than the journal can be asked.
ONE_CHARGE_UNDER_WAY = {
    "match": {"path": "/v1/charges", "method": "POST", "attempts": "1", "times": 1},
    "action": {"do": "hold", "point": "before_effect"},
}
SENT_UNHEARD = {
    "match": {"path": "/v1/messages", "method": "POST", "attempts": "1-2"},
    "action": {"do": "drop_after_effect"},
}

PLAN = Plan(
    name="session_checkout",
    story=(
        "Given users who order their whole carts, when every endpoint dies with a charge open and the mailer sends "
        "without saying so, then each seat of a cart becomes one order, each confirmed order one e-mail, and every "
        "session knows how its orders ended."
    ),
    workload=Shopping(users=4, seats_each=3),
    steps=(
        Step(id="sent_unheard", fault=GatewayRule(at="mailer", rule=SENT_UNHEARD, min_hits=4)),
        Step(id="under_way", fault=GatewayRule(rule=ONE_CHARGE_UNDER_WAY)),
        Step(id="crash", fault=Kill(target="endpoints"), when=JournalState(run="charge"), until=AtTime(at_s=0.3)),
    ),
    expect=Expect(min_ok=21),
)


@pytest.mark.chaos
async def test_session_checkout(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
