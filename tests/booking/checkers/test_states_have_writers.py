"""states_have_writers: what was found had been left."""

from __future__ import annotations

from chaos.plan.expect import Expect
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import changed_cart, changes, finds, seat_of, shopped
from tests.checkers.world import Run, World

NAME = "states_have_writers"


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message for finding in result.findings]


def test_what_was_left_is_found(ask: Ask) -> None:
    result = ask(NAME, shopped(expect=Expect()))
    assert (result.outcome, result.findings) == (Outcome.VALID, ())
    assert result.cases > 0


def test_a_value_that_nobody_left_is_invalid(ask: Ask) -> None:
    world = changed_cart()
    world.own = 77
    world.client("UserSession/u/get", act=lambda run: finds(run, {"cart": [seat_of("A2")]}))
    said = "UserSession/u/get found a value of 'own' that no call had left there"
    assert told(ask, world) == (Outcome.INVALID, [said])


def test_an_object_that_is_still_written_is_not_judged(ask: Ask) -> None:
    world = changed_cart()
    world.own = 77
    last = world.client("UserSession/u/get", act=lambda run: finds(run, {"cart": [seat_of("A2")]}))
    world.alter("invocations", lambda row: row.id == last, status="running", result=None, journal_size=None)
    assert told(ask, world)[0] is Outcome.UNKNOWN


def test_what_a_call_left_only_for_a_moment_may_be_found(ask: Ask) -> None:
    """A shared handler runs beside one that writes twice."""
    world = changed_cart()

    def twice(run: Run) -> None:
        changes(run)
        run.entry("command", "SetState", state_key="own", value={"changes": "again"})

    world.client("UserSession/u/add_to_cart", seat_of("A2"), act=twice)
    world.client("UserSession/u/get", act=lambda run: finds(run, {"cart": [seat_of("A2")]}))
    assert told(ask, world) == (Outcome.VALID, [])
