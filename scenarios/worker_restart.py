"""Every endpoint dies while `charge` runs: the charge runs again, and is still made once."""

import pytest

from chaos.faults import GatewayRule, Kill
from chaos.plan import AtTime, Expect, JournalState, Plan, Step
from chaos.pytest_plugin import Chaos
from chaos.workloads import Booking

SLOW_CHARGES = {
    "match": {"path": "/v1/charges", "method": "POST"},
    "action": {"do": "delay", "point": "before_effect", "delay_ms": 150},
}

PLAN = Plan(
    name="worker_restart",
    story=(
        "Given orders whose charges take a while, when every endpoint dies with a charge open in the journal and "
        "comes back a second later, then each order is charged once and ends."
    ),
    workload=Booking(orders=40, seats=40, clients=8),
    steps=(
        Step(id="slow_charges", fault=GatewayRule(rule=SLOW_CHARGES)),
        Step(id="crash", fault=Kill(target="endpoints"), when=JournalState(run="charge"), until=AtTime(at_s=1)),
    ),
    expect=Expect(min_ok=40, repeated_charges=1),
)


@pytest.mark.chaos
async def test_worker_restart(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
