"""The second of two steps fails again and again: it is retried, and the first, which was done, is not."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import RoleUpdates
from chaos import Bounds, Chaos, Expect, Plan, StackSpec, Step
from chaos.faults import Respond

PLAN = Plan(
    name="role_update",
    story=(
        "Given users who get a role and permissions, when the directory takes the role and answers the permissions "
        "with 503 three times, then both are put in, the role is put in first and only once."
    ),
    workload=RoleUpdates(users=8, clients=4),
    steps=(Step(id="unavailable", fault=Respond(on="permissions", status=503, attempts="1-3", min_hits=24)),),
    expect=Expect(
        min_ok=8,
        outcomes={"ok": Bounds.exactly(8)},
        checks=("steps_retried_alone", "all_orders_end", "expected_outcomes", "faults_landed", "not_vacuous"),
    ),
    # Nobody hangs up before the 503, however slow the machine is.
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2, attempt_timeout_s=60)),
)


@pytest.mark.chaos
async def test_role_update(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
