"""seat_map_converges: the map is the tickets, once everything is at rest."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import EVENT, World

NAME = "seat_map_converges"
VIEW = f"SeatMap/{EVENT}/get"


def shown(world: World, seat: str, status: str | None) -> World:
    """The map shows `status` for a seat; none: it lacks the seat."""
    world.settle()
    seats = {name: value for name, value in world.views[VIEW]["seats"].items() if name != seat}
    world.views[VIEW] = {"round": 1, "seats": seats | ({seat: status} if status else {})}
    return world


def test_a_map_that_agrees_is_valid(ask: Ask) -> None:
    result = ask(NAME, World(seats=5).book("o1").decline("o2", "A2").reserve("o3", "A3"))
    assert (result.outcome, result.cases) == (Outcome.VALID, 5)


@pytest.mark.parametrize(("seat", "status"), [("A1", "RESERVED"), ("A1", None), ("A4", "SOLD"), ("A4", None)])
def test_a_map_that_differs(ask: Ask, seat: str, status: str | None) -> None:
    result = ask(NAME, shown(World().book("o1"), seat, status))
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].subject == f"{EVENT}:{seat}"


def test_a_map_in_another_round(ask: Ask) -> None:
    world = World().book("o1")
    world.settle()
    world.views[VIEW]["round"] = 2
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].message == "the map shows SOLD in round 2, the Ticket has SOLD in round 1, version 2"


def test_a_seat_that_was_never_listed_may_be_left_out_but_not_shown_wrong(ask: Ask) -> None:
    world = World(seats=1).book("o1").reserve("o2", "Z9")
    assert ask(NAME, world).outcome is Outcome.VALID
    assert ask(NAME, shown(world, "Z9", "SOLD")).outcome is Outcome.INVALID


@pytest.mark.parametrize(("service", "handler"), [("SeatMap", "set"), ("Ticket", "confirm")])
def test_a_map_that_is_still_being_told_is_unknown(ask: Ask, service: str, handler: str) -> None:
    world = shown(World().book("o1"), "A1", "RESERVED")
    world.alter("invocations", lambda row: (row.service, row.handler) == (service, handler), status="ready")
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    assert "not at rest" in result.findings[0].message


def test_what_moves_at_another_event_excuses_nothing(ask: Ask) -> None:
    world = shown(World().book("o1"), "A1", "RESERVED")
    for service, key in (("SeatMap", "other"), ("Ticket", "other:A1"), ("Event", "other")):
        elsewhere = {"id": f"inv_{service}", "service": service, "key": key, "handler": "x", "status": "running"}
        world.rows["invocations"].append(world.invocation("o1").model_copy(update=elsewhere))
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_a_timer_that_fired_while_the_evidence_was_read_excuses_the_map(ask: Ask) -> None:
    world = shown(World(converged_at_ms=2_000_000).reserve("o1"), "A1", "SOLD")
    world.alter("invocations", lambda row: row.handler == "expire", status="completed", completed_at_ms=1_999_900)
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_a_timer_that_fired_after_invocations_were_read_and_before_the_state_was(ask: Ask) -> None:
    world = shown(World().reserve("o1"), "A1", "RESERVED")
    free = world.ticket("A1") | {"status": "AVAILABLE", "order_id": None}
    world.alter("state", lambda row: row.object_key == world.key("A1"), value=free | {"version": 2})
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    assert "expire scheduled" in result.findings[0].message
    world.alter("state", lambda row: row.object_key == world.key("A1"), value=free)
    assert ask(NAME, world).outcome is Outcome.INVALID


@pytest.mark.parametrize(("handler", "completed_at_ms"), [("expire", 1_999_000), ("reserve", 1_999_900)])
def test_nothing_else_excuses_the_map_of_a_run_that_converged(ask: Ask, handler: str, completed_at_ms: int) -> None:
    world = shown(World(converged_at_ms=2_000_000).reserve("o1"), "A1", "SOLD")
    ended = {"status": "completed", "completed_at_ms": completed_at_ms}
    world.alter("invocations", lambda row: row.handler == handler, **ended)
    world.alter("invocations", lambda row: row.handler == handler, journal_size=None)
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_an_operation_that_was_not_answered_may_still_arrive_in_a_run_that_did_not_converge(ask: Ask) -> None:
    world = World(converged_at_ms=None, load_ended_at_ms=9_000_000).book("o1").book("o2", "A2", told="resolve")
    world.drop("history", lambda event: event.type == "resolve")
    result = ask(NAME, shown(world, "A1", "RESERVED"))
    assert result.outcome is Outcome.UNKNOWN
    assert result.findings[0].message.endswith("not at rest: an operation was not answered")


def test_a_run_that_did_not_converge_may_be_torn(ask: Ask) -> None:
    world = shown(World(converged_at_ms=None, load_ended_at_ms=1_000_001).book("o1"), "A1", "RESERVED")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_what_ended_long_before_the_end_of_such_a_run_is_not_torn(ask: Ask) -> None:
    world = shown(World(converged_at_ms=None, load_ended_at_ms=9_000_000).book("o1"), "A1", "RESERVED")
    assert ask(NAME, world).outcome is Outcome.INVALID


UNKNOWN_EVENT = {"error": {"code": 404, "message": "unknown_event: no event of this id was opened"}}


def test_a_map_that_is_gone(ask: Ask) -> None:
    world = World().book("o1")
    world.settle()
    world.views[VIEW] = UNKNOWN_EVENT
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].message) == (
        Outcome.INVALID,
        f"the map of event {EVENT} is unknown, though that was opened",
    )
    world.alter("invocations", lambda row: (row.service, row.handler) == ("SeatMap", "set"), status="ready")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("view", [None, {"error": "timeout"}, {"error": {"message": None}}, "x", {"round": 1}])
def test_a_map_that_could_not_be_read_is_unknown(ask: Ask, view: Any) -> None:
    world = World().book("o1")
    world.settle()
    world.views[VIEW] = view
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_a_map_that_was_not_asked_for_is_unknown(ask: Ask) -> None:
    world = World().book("o1")
    world.settle()
    world.views = {}
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_a_ticket_state_of_another_form_is_unknown(ask: Ask) -> None:
    world = World().book("o1")
    world.settle()
    world.alter("state", lambda row: True, value="SOLD")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_no_event_is_no_case(ask: Ask) -> None:
    world = World()
    world.price = None
    assert ask(NAME, world).outcome is Outcome.UNKNOWN
