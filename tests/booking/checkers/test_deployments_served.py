"""deployments_served: counts what each version did; too little of it is UNKNOWN, never INVALID."""

from __future__ import annotations

from pathlib import Path

from booking.checkers import deployments_served
from chaos.plan.expect import Expect
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import World
from tests.checkers.worlds import upgraded

NAME = "deployments_served"


def test_two_versions_and_an_order_that_both_served(ask: Ask) -> None:
    result = ask(NAME, upgraded())
    assert (result.outcome, result.cases) == (Outcome.VALID, 3)
    assert result.details == {"orders": {"dp_1": 2, "dp_2": 1}, "carried_over": ["o2"]}


def test_one_version_that_served_nobody_is_not_shown(ask: Ask) -> None:
    world = upgraded()
    world.alter("invocations", lambda row: row.deployment_id == "dp_2", deployment_id="dp_1")
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    first, second = result.findings
    assert first.message == "1 deployments confirmed orders, the plan expects 2"
    assert "0 confirmed orders began on one deployment" in second.message


def test_an_order_that_failed_on_a_version_does_not_count_for_it(ask: Ask) -> None:
    world = World(seats=4, expect=Expect(deployments=2)).book("o1").decline("o2", "A2")
    world.alter("invocations", lambda row: row.key != "o2", deployment_id="dp_1")
    world.alter("invocations", lambda row: row.key == "o2", deployment_id="dp_2")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_without_known_deployments_nothing_is_shown(ask: Ask) -> None:
    result = ask(NAME, World(expect=Expect(deployments=1)).book("o1"))
    assert (result.outcome, result.cases) == (Outcome.UNKNOWN, 0)


def test_it_is_asked_where_the_plan_runs_versions(tmp_path: Path) -> None:
    assert deployments_served.expected(upgraded().write(tmp_path / "1"))
    assert not deployments_served.expected(World().book("o1").write(tmp_path / "2"))
