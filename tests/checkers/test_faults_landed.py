"""faults_landed: injected, seen, met by the load, healed; or UNKNOWN with the step's name."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.evidence.faultlog import Observation
from chaos.evidence.ledger import LedgerRow
from chaos.evidence.record import Source
from chaos.verdict import CheckResult, Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import START_MS, World

NAME = "faults_landed"


def problem(result: CheckResult) -> str:
    """What is wrong with step `crash`, and nothing else is."""
    assert result.outcome is Outcome.UNKNOWN
    (finding,) = result.findings
    assert finding.fault_id == "crash"
    return finding.message


def test_a_fault_that_landed_is_valid(ask: Ask) -> None:
    result = ask(NAME, World().book("o1").fault())
    assert (result.outcome, result.cases, result.summary) == (Outcome.VALID, 1, "1 of 1 faults landed")
    assert result.details["operations"] == {"crash": 1}


def test_a_step_whose_trigger_never_came_true(ask: Ask) -> None:
    world = World().book("o1").fault()
    world.rows["faults"] = [world.rows["faults"][0].model_copy(update={"phase": "failed", "detail": "never came true"})]
    assert problem(ask(NAME, world)) == "kill of step crash: never came true"


def test_a_step_of_which_nothing_is_logged(ask: Ask) -> None:
    world = World().book("o1").fault()
    world.rows["faults"] = []
    assert problem(ask(NAME, world)).startswith("kill of step crash: never injected")


def test_a_fault_that_failed_half_way(ask: Ask) -> None:
    world = World().book("o1").fault()
    world.rows["faults"].append(world.rows["faults"][-1].model_copy(update={"phase": "failed", "detail": "OSError"}))
    assert problem(ask(NAME, world)).endswith("OSError")


def test_a_fault_that_nothing_measured(ask: Ask) -> None:
    world = World().book("o1").fault()
    world.drop("faults", lambda event: event.phase == "observed")
    assert problem(ask(NAME, world)).endswith("no measurement shows its effect (nothing was measured)")


@pytest.mark.parametrize(
    "observation",
    [
        Observation(measure="state", source="ps", before="alive", during="alive"),
        Observation(measure="state", source="ps"),
        Observation(measure="state", source="ps", before=1, during=2, relation="at_least", bound=3),
        Observation(measure="state", source="ps", during="x", relation="at_most", bound=3),
        Observation(measure="state", source="ps", during="x", relation="equals", bound="y"),
    ],
)
def test_a_measurement_that_shows_nothing(ask: Ask, observation: Observation) -> None:
    world = World().book("o1").fault()
    world.alter("faults", lambda event: event.phase == "observed", observation=observation)
    assert "no measurement shows its effect (state: " in problem(ask(NAME, world))


@pytest.mark.parametrize(
    ("phases", "at_ms"),
    [({"intended", "injected", "observed"}, START_MS + 10**6), ({"healed"}, START_MS - 1)],
    ids=["too late", "too early"],
)
def test_a_fault_that_no_operation_met(ask: Ask, phases: set[str], at_ms: int) -> None:
    world = World().book("o1").fault()
    world.alter("faults", lambda event: event.phase in phases, at_ms=at_ms)
    assert problem(ask(NAME, world)).endswith("no operation was under way while it was on")


def test_an_operation_that_never_ended_meets_every_later_fault(ask: Ask) -> None:
    world = World().book("o1").stick("o1").fault()
    world.alter("faults", lambda event: event.phase == "injected", at_ms=START_MS + 10**6)
    world.alter("faults", lambda event: event.phase == "healed", at_ms=START_MS + 10**6 + 1)
    assert ask(NAME, world).outcome is Outcome.VALID


def test_a_fault_that_never_healed(ask: Ask) -> None:
    world = World().book("o1").fault()
    world.drop("faults", lambda event: event.phase == "healed")
    assert problem(ask(NAME, world)).endswith("never healed")


def ruled(target: str = "gateway", **row: Any) -> World:
    world = World().book("o1").fault(fault="hang", target=target, rule_id="rule-1")
    world.rows[target].append(
        LedgerRow(row=9, at_ms=1, kind="arrival", attempt=9, method="POST", path="/x", **{"rule_id": "rule-1"} | row)
    )
    return world


@pytest.mark.parametrize("target", ["gateway", "mailer"])
def test_a_rule_is_seen_in_its_ledger(ask: Ask, target: str) -> None:
    assert ask(NAME, ruled(target)).outcome is Outcome.VALID


@pytest.mark.parametrize("target", ["gateway", "mailer"])
def test_a_rule_that_its_ledger_does_not_show(ask: Ask, target: str) -> None:
    world = ruled(target, rule_id="rule-2")
    assert problem(ask(NAME, world)).endswith(f"the {target}'s ledger has no attempt that its rule acted on")


@pytest.mark.parametrize("target", ["gateway", "mailer"])
def test_a_rule_needs_its_ledger(ask: Ask, target: str) -> None:
    world = ruled(target)
    world.sources[target] = Source(state="partial")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_one_fault_that_landed_does_not_speak_for_another(ask: Ask) -> None:
    world = World().book("o1").fault("first").fault()
    world.drop("faults", lambda event: (event.step, event.phase) == ("crash", "observed"))
    result = ask(NAME, world)
    assert problem(result)
    assert result.summary == "1 of 2 faults landed"


def test_a_plan_without_faults_has_no_case(ask: Ask) -> None:
    assert ask(NAME, World().book("o1")).outcome is Outcome.UNKNOWN
