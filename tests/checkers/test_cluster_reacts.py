"""cluster_reacts: counts what nodes said of each other; too little of it, or too much moving, is UNKNOWN."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chaos.checkers import cluster_reacts
from chaos.plan.spec import Modes
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import without_a_majority
from tests.checkers.world import World

NAME = "cluster_reacts"


def test_two_lost_nodes_another_leader_and_nothing_answered_meanwhile(ask: Ask) -> None:
    world = without_a_majority()
    world.says("restate-3", "restate-2", "dead")  # said again, it is no other death
    result = ask(NAME, world)
    assert (result.outcome, result.findings) == (Outcome.VALID, ())
    lost = {"restate-1": 1, "restate-2": 1}
    counts = {name: value for name, value in result.details.items() if name != "nodes"}
    assert counts == {"lost": lost, "leaders_moved": 1, "stalled_began": 1, "stalled_ok": 0}
    rows: Any = result.details["nodes"]
    assert [(row["by"], row["node"], row["state"]) for row in rows if row["state"] == "dead"] == [
        ("restate-2", "restate-1", "dead"),
        ("restate-3", "restate-1", "dead"),
        ("restate-3", "restate-2", "dead"),
        ("restate-3", "restate-2", "dead"),
    ]


def test_a_node_that_nobody_missed_is_not_shown(ask: Ask) -> None:
    world = without_a_majority()
    world.drop("nodes", lambda sample: (sample.node, sample.state) == ("restate-1", "dead"))
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    assert result.findings[0].message == "1 nodes that others said were dead, the plan expects at least 2"


def test_what_a_node_says_of_itself_is_no_death(ask: Ask) -> None:
    world = without_a_majority()
    world.alter("nodes", lambda sample: (sample.node, sample.state) == ("restate-1", "dead"), by="restate-1")
    world.says("restate-1", "restate-1", "dead")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_partitions_that_nobody_else_leads_are_not_shown(ask: Ask) -> None:
    world = without_a_majority()
    world.drop("nodes", lambda sample: sample.by == sample.node == "restate-3")
    result = ask(NAME, world)
    assert result.findings[0].message == "0 partitions that another node came to lead, the plan expects at least 1"


def test_an_answer_without_a_majority_is_no_standstill(ask: Ask) -> None:
    world = without_a_majority()
    healed = min(event.at_ms for event in world.rows["faults"] if event.phase == "healing")
    world.alter("history", lambda event: event.type == "ok" and event.target.startswith("SeatMap"), at_ms=healed - 1)
    result = ask(NAME, world)
    assert result.findings[0].message == "1 of 1 operations that began without a majority were answered ok"


def test_a_standstill_that_nobody_met_is_not_shown(ask: Ask) -> None:
    world = without_a_majority()
    world.alter("history", lambda event: event.target.startswith("SeatMap"), at_ms=1)
    result = ask(NAME, world)
    assert result.findings[0].message == "0 operations that began without a majority, the plan expects at least 1"


def test_a_cluster_that_has_nothing_to_show_is_looked_at_too(ask: Ask, tmp_path: Path) -> None:
    world = World(modes=Modes(nodes=3)).book("o1").fault()
    world.says("restate-1", "restate-1")
    assert cluster_reacts.expected(world.write(tmp_path / "1"))
    assert ask(NAME, world).outcome is Outcome.VALID


def test_it_is_asked_where_a_cluster_has_to_react(tmp_path: Path) -> None:
    assert cluster_reacts.expected(without_a_majority().write(tmp_path / "1"))
    assert not cluster_reacts.expected(World().book("o1").write(tmp_path / "2"))
