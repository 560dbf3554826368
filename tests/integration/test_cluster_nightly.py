"""What takes minutes on a cluster: the specification's plans, planted bugs that it must not hide, twenty dead nodes.

Containers are asked as well where there is an engine that has the images; elsewhere they are skipped, with the reason.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from booking.workloads import Booking
from chaos.backends.engine import connect
from chaos.checkers.cluster_reacts import Reaction
from chaos.errors import BadInput
from chaos.faults import Kill
from chaos.plan.expect import Expect
from chaos.plan.moments import AfterOperations, ClusterWhole, NodesLost
from chaos.plan.plan import Plan
from chaos.plan.spec import Modes
from chaos.plan.step import Step
from chaos.session import Config, Session
from chaos.verdict import Outcome

pytestmark = [pytest.mark.integration, pytest.mark.nightly]
CLUSTER = Modes(nodes=3)
FOUR = ("charge_window_kill", "gateway_503", "gateway_402", "gateway_timeout")
KILLS = 20


@pytest.fixture(params=["process", "docker"])
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name == "docker":
        try:
            connect().close()
        except BadInput as error:
            pytest.skip(str(error))
    return name


def plan_of(scenario: str) -> Plan:
    plan: Plan = importlib.import_module(f"scenarios.{scenario}").PLAN
    return plan


async def test_the_four_plans_hold_on_a_cluster(backend: str, tmp_path: Path) -> None:
    async with Session.open(Config(backend=backend, modes=CLUSTER), tmp_path, lambda _: None) as session:
        for name in FOUR:
            summary = await session.prove(plan_of(name), replay="")
            assert summary.verdict is Outcome.VALID, (name, summary.findings)


async def test_a_planted_bug_is_invalid_on_a_cluster_too(backend: str, tmp_path: Path) -> None:
    config = Config(app="planted.no_charge_key:app", backend=backend, modes=CLUSTER)
    async with Session.open(config, tmp_path, lambda _: None) as session:
        summary = await session.prove(plan_of("charge_window_kill"), replay="")
    assert summary.verdict is Outcome.INVALID
    assert "exactly_once_charge" in {each.checker for each in summary.findings if each.outcome is Outcome.INVALID}


async def test_no_order_is_lost_when_nodes_are_killed_twenty_times(tmp_path: Path) -> None:
    """Each time one is drawn by the seed, killed, missed by the others, and back before the next."""
    steps = [
        Step(
            id=f"kill_{number}",
            fault=Kill(target="node"),
            after=f"kill_{number - 1}" if number > 1 else None,
            when=ClusterWhole() if number > 1 else AfterOperations(count=4),
            until=NodesLost(),
        )
        for number in range(1, KILLS + 1)
    ]
    plan = Plan(
        name="twenty_node_kills",
        # Enough to outlive the last kill: on a slow machine orders take longer too.
        workload=Booking(orders=2_000, seats=1_000, clients=4, think_ms=500),
        steps=tuple(steps),
        expect=Expect(min_ok=500, cluster=Reaction(nodes_lost=KILLS)),
        deadline_s=1_800,
        converge_s=120,
    )
    async with Session.open(Config(modes=CLUSTER), tmp_path, lambda _: None) as session:
        summary = await session.prove(plan, replay="")
    assert summary.verdict is Outcome.VALID, summary.findings
