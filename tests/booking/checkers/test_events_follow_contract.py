"""events_follow_contract: an event answers by its terms, and no round ends without a cause."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import opened, restarted, terms
from tests.checkers.world import EVENT, Run, World

NAME = "events_follow_contract"


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message for finding in result.findings]


def looked(world: World, **said: Any) -> World:
    world.client(f"Event/{EVENT}/get", output=terms(world) | said)
    return world


@pytest.mark.parametrize("by", ["map", "a client"])
def test_a_round_that_was_ended_by_the_map_or_a_client_is_valid(ask: Ask, by: str) -> None:
    assert told(ask, restarted(by=by)) == (Outcome.VALID, [])


def test_a_reset_by_hand_is_the_operators_affair(ask: Ask) -> None:
    """Of an event that starts over too, and with a seat that nobody bought."""
    world = restarted(by="by hand", over=True)
    world.drop("history", lambda event: event.target == f"Event/{EVENT}/reset")
    world.drop("history", lambda event: event.target == f"Event/{EVENT}/get")
    world.drop("invocations", lambda row: (row.service, row.handler) == ("Event", "get"))
    assert told(ask, world) == (Outcome.VALID, [])


@pytest.mark.parametrize(
    "said",
    [{"price_cents": 1}, {"currency": "USD"}, {"seats": ["A1"]}, {"round": 0}, {"open": False}, {"auto_reset": 1.5}],
)
def test_an_answer_that_no_round_gives_is_invalid(ask: Ask, said: dict[str, Any]) -> None:
    world = World().book("o1")
    opened(world)
    assert told(ask, looked(world)) == (Outcome.VALID, [])
    outcome, found = told(ask, looked(world, **said))
    assert outcome is Outcome.INVALID
    assert f"lawful is only {next(iter(said))}" in found[0]


def test_a_round_after_a_later_one_is_invalid(ask: Ask) -> None:
    world = looked(restarted(), round=1)
    outcome, found = told(ask, world)
    assert outcome is Outcome.INVALID
    assert found[0].endswith("saw round 1, and round 2 had been seen before")


def started_over(world: World) -> World:
    """The map sent a reset for its own reasons."""
    run = Run(world, "Event", EVENT, "reset", {"round": 1}, None)
    run.act(lambda _: {"round": 2})
    told_by = next(row.id for row in world.rows["invocations"] if (row.service, row.handler) == ("SeatMap", "set"))
    world.alter("invocations", lambda row: row.id == run.id, invoked_by="service", invoked_by_id=told_by)
    for seat in world.seats:
        world.next_round(seat)
    return world


def test_an_event_that_starts_over_without_being_told_to_is_invalid(ask: Ask) -> None:
    """Sold out or not, and all sources agree that the second round's seats are free."""
    world = World(seats=1).book("o1")
    opened(world)
    outcome, found = told(ask, started_over(world))
    assert outcome is Outcome.INVALID
    assert found[0].endswith(f"came from SeatMap/{EVENT}/set, and the event does not start over by itself")


def test_one_that_starts_over_too_early_is_invalid(ask: Ask) -> None:
    world = World(seats=2)
    world.price = (world.price or {}) | {"auto_reset": True}
    opened(world)
    outcome, found = told(ask, started_over(world.book("o1")))
    assert outcome is Outcome.INVALID
    assert found[0].endswith("and A2 was not sold in it")


def test_a_round_that_nobody_ended_is_invalid(ask: Ask) -> None:
    world = World(seats=1).book("o1")
    opened(world)
    world.next_round("A1")
    outcome, found = told(ask, world)
    assert outcome is Outcome.INVALID
    assert f"{EVENT}: round 1 ended, and nobody asked for it" in found
    assert f"reset to round 2, and nobody asked {EVENT} to end round 1" in found


def test_a_reset_that_skips_a_round_is_invalid(ask: Ask) -> None:
    world = restarted(by="a client")
    world.client(f"Event/{EVENT}/reset", {"round": 1}, {"round": 3})
    world.next_round("A1")
    world.next_round("A2")
    outcome, found = told(ask, world)
    assert outcome is Outcome.INVALID
    assert f"{EVENT}: round 2 ended, and nobody asked for it" in found


def test_a_seat_that_stays_behind_is_invalid(ask: Ask) -> None:
    world = restarted(by="a client")
    world.settle()
    row = next(row for row in world.rows["state"] if row.object_key.endswith(":A2"))
    world.alter("state", lambda each: each is row, value=row.value | {"round": 1})
    assert told(ask, world) == (Outcome.INVALID, [f"in round 1 at the end, and {EVENT} is in round 2"])


def test_an_event_that_a_client_opens_may_be_unknown_before(ask: Ask) -> None:
    world = World().book("o1")
    price, world.price = world.price, None
    number = world.told("invoke", f"Event/{EVENT}/get")
    message = "unknown_event: no event of this id was opened"
    world.told("fail", f"Event/{EVENT}/get", number, status=404, code="unknown_event", message=message)
    world.client(f"Event/{EVENT}/open", price, {"event_id": EVENT, "round": 1})
    assert told(ask, world) == (Outcome.VALID, [])
    world.price = price
    assert told(ask, world)[0] is Outcome.INVALID


def test_an_event_opened_with_something_else_than_the_run_asked_for(ask: Ask) -> None:
    world = World().book("o1")
    opened(world)
    world.price = (world.price or {}) | {"price_cents": 7}
    outcome, (found,) = told(ask, world)
    assert outcome is Outcome.INVALID
    assert found.endswith("lawful is only already_open")


def test_a_round_that_no_reset_says_it_ended(ask: Ask) -> None:
    world = restarted()
    run = next(row.id for row in world.rows["invocations"] if (row.service, row.handler) == ("Event", "reset"))
    (output,) = (entry for entry in world.rows["journal"] if (entry.invocation_id, entry.type) == (run, "Output"))
    world.replace(output, value={"round": 3})
    outcome, found = told(ask, world)
    assert outcome is Outcome.INVALID
    assert f"{EVENT}: round 1 ended, and no reset of it was answered 2" in found
