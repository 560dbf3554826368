"""answers_match_journal: clients were told what the journal holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chaos.checkers import CHECKERS
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import World

NAME = "answers_match_journal"


def answer(world: World, order: str, type_: str, **change: Any) -> World:
    """Changes what the client of an order was told."""
    world.alter("history", lambda event: event.target == f"Checkout/{order}/run" and event.type == type_, **change)
    return world


def test_answers_as_journaled_are_valid(ask: Ask) -> None:
    world = World().book("o1").decline("o2", "A2").book("o3", "A3", told="resolve").reserve("o4", "A4")
    result = ask(NAME, world)
    assert (result.outcome, result.cases) == (Outcome.VALID, 4)


@pytest.mark.parametrize(("told", "type_"), [("ok", "ok"), ("resolve", "resolve")])
@pytest.mark.parametrize("output", [{"status": "CONFIRMED"}, None, []])
def test_another_value_than_the_output(ask: Ask, told: str, type_: str, output: Any) -> None:
    world = answer(World().book("o1", told=told), "o1", type_, output=output)
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    (finding,) = result.findings
    assert (
        finding.message
        == "operation 0, Checkout/o1/run, was told ok with a value that differs from the journal's output"
    )
    assert (finding.invocation_id, finding.journal_index) == (world.invocation("o1").id, 8)


def test_an_ok_for_what_failed_and_a_failure_for_what_did_not(ask: Ask) -> None:
    assert ask(NAME, answer(World().decline("o1"), "o1", "fail", type="ok", code=None)).outcome is Outcome.INVALID
    assert ask(NAME, answer(World().book("o1"), "o1", "ok", type="fail", code="declined")).outcome is Outcome.INVALID


@pytest.mark.parametrize("change", [{"message": "declined: other words"}, {"status": 409}])
def test_another_failure_than_the_journals(ask: Ask, change: dict[str, Any]) -> None:
    result = ask(NAME, answer(World().decline("o1"), "o1", "fail", **change))
    assert result.outcome is Outcome.INVALID
    assert f"different {next(iter(change))} than the journal's output" in result.findings[0].message


def test_a_code_that_is_no_http_status_may_come_as_any(ask: Ask) -> None:
    world = answer(World().decline("o1"), "o1", "fail", status=500)
    output = next(e for e in world.rows["journal"] if e.type == "Output" and e.failure)
    world.replace(output, failure=output.failure.model_copy(update={"code": 70}))
    assert ask(NAME, world).outcome is Outcome.VALID


def test_an_answer_of_what_still_runs_is_unknown(ask: Ask) -> None:
    world = World().book("o1")
    world.alter("invocations", lambda row: row.key == "o1", status="running", result=None, journal_size=None)
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_the_idempotency_key_tells_two_invocations_of_one_target_apart(ask: Ask) -> None:
    world = World(seats=1).reserve("o1")
    world.next_round("A1")
    world.reserve("o2")
    assert not ask(NAME, world).findings[0].invocation_id  # nobody knows which is whose
    reserves = [row.id for row in world.rows["invocations"] if row.handler == "reserve"]
    for number, id_ in enumerate(reserves):
        world.alter("invocations", lambda row, id_=id_: row.id == id_, idempotency_key=f"p-1-{number}")
    result = ask(NAME, world)
    assert (result.outcome, result.cases) == (Outcome.VALID, 2)
    world.alter("history", lambda event: event.operation == 1 and event.type == "ok", output={"round": 1})
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].invocation_id) == (Outcome.INVALID, reserves[1])


def test_answers_that_cannot_be_traced_accuse_nobody(tmp_path: Path) -> None:
    world = World().book("o1").resubmit("o1")
    record = answer(world, "o1", "ok", output={}).write(tmp_path / "r")
    assert not CHECKERS[NAME].expected(record)


@pytest.mark.parametrize("code", ["never_ran", "refused_by_ingress"])
def test_a_failure_that_no_handler_gave_says_nothing(ask: Ask, code: str) -> None:
    world = answer(World().book("o1").book("o2", "A2"), "o1", "ok", type="fail", code=code)
    result = ask(NAME, world)
    assert (result.outcome, result.cases) == (Outcome.VALID, 1)


def test_a_value_that_is_not_json_cannot_be_compared(ask: Ask) -> None:
    world = answer(World().book("o1"), "o1", "ok", output=None)
    output = [entry for entry in world.rows["journal"] if entry.type == "Output"][-1]
    assert output.invocation_id == world.invocation("o1").id
    world.replace(output, value={"bytes": 3, "text": "abc"})
    assert ask(NAME, world).outcome is Outcome.VALID
