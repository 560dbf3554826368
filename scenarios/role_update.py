"""The second of two steps fails again and again: it is retried, and the first, which was done, is not."""

import pytest

from chaos.faults import GatewayRule
from chaos.plan import Bounds, Expect, Plan, Step
from chaos.pytest_plugin import Chaos
from chaos.workloads import RoleUpdates

PERMISSIONS_UNAVAILABLE = {
    "match": {"path": "/v1/users/*/permissions", "method": "PUT", "attempts": "1-3"},
    "action": {"do": "respond", "status": 503, "body": {"code": "unavailable"}},
}

PLAN = Plan(
    name="role_update",
    story=(
        "Given users who get a role and permissions, when the directory takes the role and answers the permissions "
        "with 503 three times, then both are put in, the role is put in first and only once."
    ),
    workload=RoleUpdates(users=8, clients=4),
    steps=(Step(id="unavailable", fault=GatewayRule(at="mailer", rule=PERMISSIONS_UNAVAILABLE, min_hits=24)),),
    expect=Expect(
        min_ok=8,
        outcomes={"ok": Bounds.exactly(8)},
        checks=("steps_retried_alone", "all_orders_end", "expected_outcomes", "faults_landed", "not_vacuous"),
    ),
)


@pytest.mark.chaos
async def test_role_update(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
