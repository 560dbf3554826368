"""A release in the rush hour: the new version takes over, the old one finishes and goes, and no order fails."""

import pytest

from chaos.faults import Deploy
from chaos.plan import AfterOperations, Bounds, Expect, Plan, StackSpec, Step
from chaos.pytest_plugin import Chaos
from chaos.workloads import Booking

PLAN = Plan(
    name="rolling_deploy",
    story=(
        "Given clients that order without a pause, when version 2 is deployed beside version 1, and version 1 is "
        "drained, removed and ended, then every order is confirmed."
    ),
    workload=Booking(orders=100, seats=100, clients=12),
    # Early enough for most orders to come when version 2 has started, however slow the machine is: it slows down both.
    steps=(Step(id="release", fault=Deploy(), when=AfterOperations(count=12), until=AfterOperations(count=20)),),
    expect=Expect(min_ok=100, outcomes={"ok": Bounds.exactly(100)}, deployments=2),
    stack=StackSpec(own=True, app="versions.nexus_v1:app"),
)


@pytest.mark.chaos
async def test_rolling_deploy(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
