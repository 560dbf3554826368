"""views_follow_contract: what was seen was so, and nobody saw what was before after what was later."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.evidence.journal import Failure
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import look, looked_around
from tests.checkers.world import EVENT, Run, World

NAME = "views_follow_contract"
MAP = f"SeatMap/{EVENT}/get"


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message for finding in result.findings]


def shown(world: World, status: str, round_: int = 1, seat: str = "A1") -> World:
    world.client(MAP, output={"round": round_, "seats": {seat: status}})
    return world


def test_a_map_that_lags_is_valid(ask: Ask) -> None:
    result = ask(NAME, looked_around())
    assert (result.outcome, result.findings, result.cases) == (Outcome.VALID, (), 8)


def test_an_older_state_after_a_newer_one_is_invalid(ask: Ask) -> None:
    outcome, found = told(ask, shown(looked_around(), "RESERVED"))
    assert outcome is Outcome.INVALID
    assert found == ["the map shows RESERVED in round 1, and had shown SOLD for o1, round 1, version 2 before"]


def test_looks_at_the_same_time_may_differ(ask: Ask) -> None:
    """The later one in the history was sent before the first was answered."""
    world = shown(looked_around(), "RESERVED")
    first, second = ([row.seq for row in world.rows["history"] if row.target == MAP][place] for place in (5, 6))
    world.rows["history"] = [
        row.model_copy(update={"seq": second if row.seq == first else first if row.seq == second else row.seq})
        for row in world.rows["history"]
    ]
    assert told(ask, world) == (Outcome.VALID, [])


@pytest.mark.parametrize(
    ("status", "seat", "wrote"),
    [("SOLD", "A2", "wrote nothing"), ("LOST", "A1", "wrote RESERVED for o1, round 1, version 1; SOLD for o1")],
)
def test_what_never_was_is_invalid(ask: Ask, status: str, seat: str, wrote: str) -> None:
    outcome, (found,) = told(ask, shown(looked_around(), status, seat=seat))
    assert outcome is Outcome.INVALID
    assert f"the map shows {status} in round 1, the Ticket {wrote}" in found


def test_what_is_to_come_is_invalid(ask: Ask) -> None:
    """A map shows a seat as sold whose order was sent later."""
    outcome, (found,) = told(ask, shown(World(), "SOLD").book("o1"))
    assert outcome is Outcome.INVALID
    assert found.startswith("the map shows SOLD in round 1")


def test_what_is_not_a_map_is_invalid(ask: Ask) -> None:
    world = World().book("o1")
    world.client(MAP, output={"A1": "SOLD"})
    assert told(ask, world)[0] is Outcome.INVALID


def test_a_map_in_the_next_round_may_not_have_heard_of_every_seat(ask: Ask) -> None:
    world = World(seats=1).book("o1")
    world.next_round("A1")
    assert told(ask, shown(shown(shown(world, "SOLD"), "SOLD", 2), "AVAILABLE", 2)) == (Outcome.VALID, [])


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"status": "AVAILABLE"}, "that version is SOLD for o1"),
        ({"round": 2}, "that version is SOLD for o1"),
        ({"version": 7}, "which nobody wrote"),
        ({"version": 1, "status": "RESERVED"}, "(get) met version 1, after 2 had been seen"),
    ],
)
def test_a_look_at_a_seat_that_shows_what_was_not_so(ask: Ask, said: dict[str, Any], why: str) -> None:
    world = looked_around()
    look(world, "A1", **said)
    outcome, found = told(ask, world)
    assert outcome is Outcome.INVALID
    assert any(why in each for each in found), found


def test_a_look_at_a_state_that_was_written_for_a_later_call(ask: Ask) -> None:
    world = World().reserve("o1")
    events = world.rows["history"]
    look(world, "A1")
    early = [events[2], events[3], events[0], events[1]]
    world.rows["history"] = [event.model_copy(update={"seq": seq}) for seq, event in enumerate(early)]
    outcome, (found,) = told(ask, world)
    assert outcome is Outcome.INVALID
    assert found.endswith("which was written for a call that was sent later")


def test_a_seat_that_was_reserved_is_not_free_before_it(ask: Ask) -> None:
    """Own writes are seen: a client that reserved and then looks meets its hold, or what came after."""
    world = World().reserve("o1")
    look(world, "A1", status="AVAILABLE", version=0)
    outcome, found = told(ask, world)
    assert outcome is Outcome.INVALID
    assert any("met version 0, after 1 had been seen" in each for each in found)


@pytest.mark.parametrize("change", [{"version": 9}, {"status": "AVAILABLE"}, {"round": 2}, {"seat_id": "A2"}])
def test_a_map_that_is_told_what_nobody_wrote(ask: Ask, change: dict[str, Any]) -> None:
    world = World().book("o1")
    sent = [entry for entry in world.rows["journal"] if (entry.target or "").endswith("/set")][-1]
    world.replace(sent, value=sent.value | change)
    outcome, (found,) = told(ask, world)
    assert outcome is Outcome.INVALID
    assert found.endswith("which no Ticket wrote")
    heard = World().book("o1")
    run = [row.id for row in heard.rows["invocations"] if row.handler == "set"][-1]
    (asked,) = (entry for entry in heard.rows["journal"] if (entry.invocation_id, entry.type) == (run, "Input"))
    heard.replace(asked, value=asked.value | change)
    assert told(ask, heard)[0] is Outcome.INVALID


def test_a_map_that_refuses_what_it_is_told(ask: Ask) -> None:
    world = World().book("o1")
    run = next(row.id for row in world.rows["invocations"] if row.handler == "set")
    (output,) = (entry for entry in world.rows["journal"] if (entry.invocation_id, entry.type) == (run, "Output"))
    world.replace(output, failure=Failure(code=422, message="invalid: seat_id: no"))
    outcome, (found,) = told(ask, world)
    assert outcome is Outcome.INVALID
    assert found.startswith(f"the map of {EVENT} refused")


def test_a_seat_of_which_not_everything_is_known_is_not_judged(ask: Ask) -> None:
    world = shown(looked_around(), "RESERVED").book("late", "A2").stick("late")
    confirm = world.invocation(f"{EVENT}:A1", "Ticket", "confirm")
    world.alter("invocations", lambda row: row.id == confirm.id, status="running", result=None)
    assert told(ask, world)[0] is not Outcome.INVALID


def test_a_state_that_was_there_for_a_moment_may_be_seen(ask: Ask) -> None:
    """A call that frees a seat and takes it again writes twice, and tells the map twice."""
    world = World(seats=2).reserve("o1")

    def renewed(run: Run) -> dict[str, Any]:
        world._read(run, "A1")
        world._write(run, "A1", status="AVAILABLE", order_id=None)
        look(world, "A1")
        return world._hold(run, "o1", "A1", "u")  # type: ignore[no-any-return]

    world.client(f"Ticket/{EVENT}:A1/renew", {"order_id": "o1", "user_id": "u"}, act=renewed)
    assert told(ask, shown(world, "RESERVED")) == (Outcome.VALID, [])
    assert ask("seats_follow_contract", world).outcome is Outcome.VALID
