"""parties_honest: what follows from a lie that the plan had told is nobody's fault but the liar's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chaos.judging import judge
from chaos.verdict import Outcome, Verdict
from tests.checkers.world import World

NAME = "parties_honest"


def believed(*, lies: bool = True, **row: Any) -> World:
    """o1 is told by a rule that it was charged, and was not; o2 is charged."""
    world = World().book("o1").book("o2", "A2")
    world.drop("gateway", lambda each: each.effect == "capture" and each.case == "o1")
    world.alter("gateway", lambda each: each.case == "o1", rule_id="r1", **row)
    world.fault("told", "respond", "gateway", rule_id="r1")
    world.steps[-1]["fault"] |= {"lies": True} if lies else {}
    return world


def judged(world: World, folder: Path) -> Verdict:
    return judge(world.write(folder / "r"))


def test_a_lie_is_named_and_what_follows_from_it_is_unknown(tmp_path: Path) -> None:
    verdict = judged(believed(), tmp_path)
    assert verdict.outcome is Outcome.UNKNOWN
    outcomes = {check.checker: check.outcome for check in verdict.checks}
    assert {outcomes[name] for name in (NAME, "exactly_once_charge", "saga_complete")} == {Outcome.UNKNOWN}
    said = {finding.message for checker, finding in verdict.findings if checker == NAME}
    assert said == {
        "the gateway lied (row 3): 200 to POST /v1/charges under the key charge:o1, and did nothing",
    }
    (lost,) = [finding.message for checker, finding in verdict.findings if checker == "exactly_once_charge"]
    assert lost.startswith("confirmed, but never captured; but the gateway lied (row 3)")


def test_without_the_plans_word_it_counts_against_the_app(tmp_path: Path) -> None:
    assert judged(believed(lies=False), tmp_path).outcome is Outcome.INVALID


@pytest.mark.parametrize("row", [{"case": None}, {}])
def test_a_lie_excuses_nothing_about_another_order(tmp_path: Path, row: dict[str, Any]) -> None:
    world = believed(**row)
    world.capture("o2")
    verdict = judged(world, tmp_path)
    assert verdict.outcome is Outcome.INVALID
    assert {each.case for _, each in verdict.findings if each.outcome is Outcome.INVALID} == {"o2"}


def test_a_lie_that_nobody_was_told_is_none(tmp_path: Path) -> None:
    world = World().book("o1").fault("told", "respond", "gateway", rule_id="r1")
    world.steps[-1]["fault"]["lies"] = True
    assert NAME not in {check.checker for check in judged(world, tmp_path).checks}
