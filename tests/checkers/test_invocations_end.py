"""invocations_end: nothing killed, nothing given up, nothing still under way, whatever was invoked."""

from __future__ import annotations

import pytest

from chaos.evidence.journal_events import JournalEvent
from chaos.evidence.record import Source
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import Run, World

NAME = "invocations_end"
KILLED = {"status": "completed", "result": "failure", "failure": "[409] killed"}


def test_what_ended_or_waits_for_its_time_is_valid(ask: Ask) -> None:
    result = ask(NAME, World().book("o1").decline("o2", "A2"))
    assert result.outcome is Outcome.VALID
    assert (result.details["completed"], result.details["scheduled"]) == (result.cases - 2, 2)


@pytest.mark.parametrize("status", ["running", "suspended", "backing-off", "ready", "pending"])
def test_what_is_still_open_is_unknown_and_says_why(ask: Ask, status: str) -> None:
    world = World(converged_at_ms=None).book("o1").stick("o1", status)
    world.alter("invocations", lambda row: row.key == "o1", last_failure="[500] no route")
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    assert [finding.message for finding in result.findings] == [f"Checkout/o1/run is still {status}: [500] no route"]


def test_a_paused_invocation_was_given_up(ask: Ask) -> None:
    world = World().book("o1").stick("o1", "paused")
    paused = JournalEvent(
        invocation_id=world.invocation("o1").id, after_index=3, type="Paused", code=500, message="boom"
    )
    world.rows["journal_events"].append(paused)
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].message == "Checkout/o1/run is paused: [500] boom"


def test_a_paused_invocation_proves_nothing_while_something_is_broken(ask: Ask) -> None:
    assert ask(NAME, World(healed_at_ms=None).book("o1").stick("o1", "paused")).outcome is Outcome.UNKNOWN


def test_code_that_cannot_go_on_since_its_journal_does_not_fit(ask: Ask) -> None:
    world = World().book("o1").stick("o1", "backing-off")
    world.alter("invocations", lambda row: row.key == "o1", last_failure="[570 Journal mismatch] Found a mismatch")
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_a_killed_invocation(ask: Ask) -> None:
    world = World().book("o1").stick("o1")
    world.alter("invocations", lambda row: row.key == "o1", **KILLED)
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].message) == (Outcome.INVALID, "Checkout/o1/run was killed")


def test_a_handler_may_fail_with_restates_word_for_it(ask: Ask) -> None:
    world = World().book("o1").refuse("o2")
    world.alter("invocations", lambda row: row.key == "o2", **KILLED)
    assert ask(NAME, world).outcome is Outcome.VALID


def test_what_a_fault_did_by_plan_accuses_nobody(ask: Ask) -> None:
    world = World().book("o1").stick("o1")
    world.alter("invocations", lambda row: row.key == "o1", **KILLED)
    world.fault("operator", "kill_invocation", detail=f"killed {world.invocation('o1').id}")
    assert ask(NAME, world).outcome is Outcome.VALID


def test_without_the_whole_journal_nobody_was_killed(ask: Ask) -> None:
    world = World().book("o1").stick("o1")
    world.alter("invocations", lambda row: row.key == "o1", **KILLED)
    world.sources["journal"] = Source(state="partial", reason="cut")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_a_final_read_that_hangs_does_not_count_while_it_only_looks(ask: Ask) -> None:
    world = World().book("o1")
    world.views["Ticket/p-1-event:A1/get"] = {"error": "no answer"}
    look = Run(world, "Ticket", world.key("A1"), "get", None, None)
    look.entry("command", "GetEagerState", state_key="ticket")
    assert ask(NAME, world).outcome is Outcome.VALID
    look.entry("command", "Run", name="more", completion_id=1)
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_no_invocation_is_no_case(ask: Ask) -> None:
    assert ask(NAME, World()).outcome is Outcome.UNKNOWN
