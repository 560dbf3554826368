"""calls_match_journals: caller and callee say the same of a call."""

from __future__ import annotations

import pytest

from chaos.evidence.faultlog import FaultEvent
from chaos.evidence.journal import Failure
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import look
from tests.checkers.world import EVENT, World

NAME = "calls_match_journals"
TICKET = f"{EVENT}:A1"


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message for finding in result.findings]


def test_calls_that_were_answered_refused_and_not_waited_for_are_valid(ask: Ask) -> None:
    result = ask(NAME, World().book("o1").refuse("o2").decline("o3", "A2"))
    assert (result.outcome, result.findings) == (Outcome.VALID, ())
    assert result.cases > 10


@pytest.mark.parametrize("kind", ["command", "notification"])
def test_a_caller_that_says_something_else_is_invalid(ask: Ask, kind: str) -> None:
    world = World().book("o1")
    reserve = world.entry("o1", kind, "reserve")
    world.replace(reserve, value=dict(reserve.value) | {"round": 7})
    outcome, (found,) = told(ask, world)
    assert outcome is Outcome.INVALID
    what = (
        "was told something else than that answered" if kind == "notification" else "that was asked for something else"
    )
    assert found.startswith(f"Checkout/o1/run called Ticket/{TICKET}/reserve, and ")
    assert what in found


@pytest.mark.parametrize(
    "failure", [None, Failure(code=409, message="seat_sold: other"), Failure(code=400, message="x")]
)
def test_a_callee_that_says_something_else_is_invalid(ask: Ask, failure: Failure | None) -> None:
    world = World().book("o1").refuse("o2")
    output = next(each for each in world.rows["journal"] if each.type == "Output" and each.failure)
    world.replace(output, failure=failure)
    assert told(ask, world)[0] is Outcome.INVALID


def lost(world: World) -> World:
    confirm = world.invocation(TICKET, "Ticket", "confirm")
    world.drop("invocations", lambda row: row.id == confirm.id)
    world.drop("journal", lambda each: each.invocation_id == confirm.id)
    return world


def test_a_callee_that_restate_does_not_know_is_invalid(ask: Ask) -> None:
    outcome, found = told(ask, lost(World().book("o1")))
    assert outcome is Outcome.INVALID
    assert found == [
        f"Checkout/o1/run called Ticket/{TICKET}/confirm and was answered, and Restate knows no such invocation"
    ]


def test_one_that_restate_was_made_to_forget_is_not_missed(ask: Ask) -> None:
    world = lost(World().book("o1"))
    world.rows["faults"].append(FaultEvent(at_ms=1, step="s", fault="purge", target="restate", phase="injected"))
    assert told(ask, world) == (Outcome.VALID, [])


def test_what_another_began_is_not_compared(ask: Ask) -> None:
    """A workflow that runs already refuses who calls it again, and answers who called it first."""
    world = World().book("o1")
    reserve = world.entry("o1", "notification", "reserve")
    world.replace(reserve, value=None, failure=Failure(code=409, message="already invoked"))
    called = world.invocation(TICKET, "Ticket", "reserve")
    world.alter("invocations", lambda row: row.id == called.id, invoked_by_id="inv_other")
    assert told(ask, world) == (Outcome.VALID, [])


def test_what_somebody_killed_left_no_answer(ask: Ask) -> None:
    world = World().book("o1")
    confirm = world.invocation(TICKET, "Ticket", "confirm")
    world.drop("journal", lambda each: (each.invocation_id, each.type) == (confirm.id, "Output"))
    killed = {"result": "failure", "failure": "[409] killed", "journal_size": None}
    world.alter("invocations", lambda row: row.id == confirm.id, **killed)
    answered = world.entry("o1", "notification", "confirm")
    world.replace(answered, value=None, failure=Failure(code=409, message="killed"))
    assert told(ask, world) == (Outcome.VALID, [])


def test_what_a_client_sent_is_what_was_asked(ask: Ask) -> None:
    world = World().book("o1")
    world.client(f"Ticket/{TICKET}/release", {"order_id": "o1"}, {"status": "SOLD"})
    assert told(ask, world) == (Outcome.VALID, [])
    world.alter("history", lambda event: event.input == {"order_id": "o1"}, input={"order_id": "o2"})
    said = f"operation 1 called Ticket/{TICKET}/release, and that was asked for something else"
    assert told(ask, world) == (Outcome.INVALID, [said])
    world.load["operations"] = [{"number": 1, "secret_mailed_to": "somebody"}]
    assert told(ask, world) == (Outcome.VALID, [])


def test_what_was_read_at_the_end_was_answered(ask: Ask) -> None:
    target = f"Ticket/{TICKET}/get"
    world = World().book("o1")
    look(world, "A1")
    read = world.invocation(TICKET, "Ticket", "get")
    world.alter("invocations", lambda row: row.id == read.id, idempotency_key=None)
    world.drop("history", lambda event: event.target == target)
    world.views[target] = {"status": "SOLD", "round": 1, "version": 2, "expires_at_ms": None}
    assert told(ask, world) == (Outcome.VALID, [])
    world.views[target] |= {"version": 3}
    said = f"{target} was read at the end, and no invocation answered what was read"
    assert told(ask, world) == (Outcome.INVALID, [said])
    world.views[target] = {"error": "ConnectError"}
    assert told(ask, world) == (Outcome.VALID, [])
