"""seats_follow_contract: every state of a seat has the call that led to it, and the call was allowed to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chaos.evidence.journal import Failure, JournalEntry
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import taken_again
from tests.checkers.world import EVENT, Refused, Run, World

NAME = "seats_follow_contract"
SEAT = f"{EVENT}:A1"


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message for finding in result.findings]


def entry(world: World, handler: str, type_: str, name: str | None = None) -> JournalEntry:
    """An entry of the last call of that handler of A1's Ticket."""
    runs = [row.id for row in world.rows["invocations"] if (row.key, row.handler) == (SEAT, handler)]
    mine = [each for each in world.rows["journal"] if (each.invocation_id, each.type) == (runs[-1], type_)]
    return next(each for each in mine if name is None or (each.target or "").endswith(name))


def test_every_fate_of_a_seat_is_explained(ask: Ask) -> None:
    world = World(seats=4).book("o1").refuse("o2").decline("o3", "A2").time_out("o4", "A2").lose_seat("o5", "A3")
    world.reserve("o6", "A3")
    world.next_round("A1")
    result = ask(NAME, world.book("o7"))
    assert (result.outcome, result.findings, result.cases) == (Outcome.VALID, (), 15)


def test_an_answer_that_its_state_does_not_give_is_invalid(ask: Ask) -> None:
    world = World().book("o1").decline("o2", "A2").refuse("o3", "A1")
    world.replace(entry(world, "reserve", "Output"), failure=Failure(code=409, message="seat_reserved: not yours"))
    outcome, (said,) = told(ask, world)
    assert outcome is Outcome.INVALID
    assert "found SOLD for o1, round 1, version 2, left SOLD for o1" in said
    assert said.endswith("answered seat_reserved; lawful is only: SOLD for o1, answered seat_sold")


def test_a_free_seat_that_is_called_sold_is_invalid(ask: Ask) -> None:
    """As every third order was told, consistently in every source."""
    world = World()

    def refused(run: Run) -> Any:
        run.read("ticket", None)
        raise Refused("seat_sold")

    with pytest.raises(Refused):
        Run(world, "Ticket", SEAT, "reserve", {"user_id": "u", "order_id": "o1"}, None).act(refused)
    assert told(ask, world)[0] is Outcome.INVALID


def taken_over(until_ms: int, **asked: Any) -> World:
    """A hold that another order's reserve took over, which reckons with a hold until then."""
    world = World().reserve("o1")

    def take(run: Run) -> Any:
        world._read(run, "A1")
        world._write(run, "A1", order_id="o2", user_id="v", expires_at_ms=until_ms)
        run.send("Ticket", SEAT, "expire", None)
        return {"status": "RESERVED", "expires_at_ms": until_ms, "round": 1}

    Run(world, "Ticket", SEAT, "reserve", {"user_id": "v", "order_id": "o2"} | asked, None).act(take)
    return world


def test_a_seat_that_another_order_holds_is_not_taken(ask: Ask) -> None:
    ends_ms = World().reserve("o1").tickets["A1"]["expires_at_ms"]
    outcome, said = told(ask, taken_over(ends_ms + 10))
    assert (outcome, len(said)) == (Outcome.INVALID, 1)
    assert told(ask, taken_over(ends_ms + 900_000 - 1))[0] is Outcome.INVALID
    assert told(ask, taken_over(ends_ms + 10, hold_ms=11))[0] is Outcome.INVALID


def test_one_whose_time_was_up_by_the_apps_own_reckoning_may_be(ask: Ask) -> None:
    ends_ms = World().reserve("o1").tickets["A1"]["expires_at_ms"]
    assert told(ask, taken_over(ends_ms + 900_000)) == (Outcome.VALID, [])
    assert told(ask, taken_over(ends_ms + 10, hold_ms=10)) == (Outcome.VALID, [])


def test_a_timer_ends_no_hold_but_its_own(ask: Ask) -> None:
    assert told(ask, taken_again(frees=False)) == (Outcome.VALID, [])
    outcome, (said,) = told(ask, taken_again(frees=True))
    assert outcome is Outcome.INVALID
    assert said.startswith("expire inv_0008 found RESERVED for second")


def test_a_timer_of_which_nobody_knows_who_sent_it_accuses_nobody(ask: Ask) -> None:
    world = taken_again(frees=True)
    timer = next(row for row in world.rows["invocations"] if (row.handler, row.status) == ("expire", "completed"))
    world.alter("invocations", lambda row: row is timer, invoked_by_id="inv_lost")
    assert told(ask, world)[0] is Outcome.VALID


def without_timer(world: World) -> None:
    world.drop("invocations", lambda row: row.handler == "expire")
    cut(world, lambda each: (each.target or "").endswith("/expire"))


def cut(world: World, matches: Callable[[JournalEntry], bool]) -> None:
    """Takes entries out of journals that are said to be as much shorter."""
    ids = {each.invocation_id for each in world.rows["journal"] if matches(each)}
    world.drop("journal", matches)
    world.alter("invocations", lambda row: row.id in ids, journal_size=None)


def untold(world: World) -> None:
    sent = entry(world, "confirm", "OneWayCall", "/set")
    cut(world, lambda each: each is sent)


def found_nothing(world: World) -> None:
    world.replace(
        entry(world, "confirm", "GetEagerState"), value=world.tickets["A1"] | {"status": "RESERVED", "version": 9}
    )


def found_what_was_before(world: World) -> None:
    """The second write began from the state that the first began from: the first was lost."""
    world.reserve("o2", "A2")
    Run(world, "Ticket", SEAT, "an_apps_own", {}, None).act(lambda run: world._write(run, "A1", status="SOLD"))
    world._invoke("Ticket", SEAT, "an_apps_own", {}, lambda run: late(world, run))


def late(world: World, run: Run) -> None:
    run.read("ticket", world.tickets["A1"] | {"version": 2})
    world._write(run, "A1", status="SOLD")


def other_end(world: World) -> None:
    world.settle()
    world.alter("state", lambda row: row.object_key == SEAT, value=world.tickets["A1"] | {"order_id": "o9"})


def no_end(world: World) -> None:
    world.settle()
    world.drop("state", lambda row: row.object_key == SEAT)
    world.views["x"] = 1
    world.reserve("o9", "A4")
    world.settle()
    world.drop("state", lambda row: row.object_key == SEAT)


def found_no_state(world: World) -> None:
    world.replace(entry(world, "reserve", "GetEagerState"), value="x")


def ordered_elsewhere(world: World) -> None:
    run = world.invocation("o1")
    asked = next(each for each in world.rows["journal"] if (each.invocation_id, each.type) == (run.id, "Input"))
    world.replace(asked, value=asked.value | {"seat_id": "A2"})


def under_another_id(world: World) -> None:
    confirm, body = entry(world, "confirm", "Input"), {"order_id": "o2", "round": 1}
    world.replace(confirm, value=body)


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        (without_timer, "began a hold and sent it no timer"),
        (untold, "and the map was sent nothing of it"),
        (found_nothing, "and the last to write had left RESERVED for o1, round 1, version 1"),
        (found_what_was_before, "and the last to write had left SOLD for o1, round 1, version 3"),
        (other_end, "the state at the end is SOLD for o9, round 1, version 2, and the last one written is SOLD for o1"),
        (no_end, "the state at the end is AVAILABLE, and the last one written is SOLD for o1"),
        (found_no_state, "found what no Ticket leaves"),
        (ordered_elsewhere, f"was called by a checkout of {EVENT}:A2"),
        (under_another_id, "was called by the checkout of o1"),
    ],
)
def test_what_lacks_a_reason_is_invalid(ask: Ask, breaks: Callable[[World], None], says: str) -> None:
    world = World().book("o1")
    breaks(world)
    outcome, said = told(ask, world)
    assert outcome is Outcome.INVALID
    assert any(says in each for each in said), said


def test_a_finding_names_its_clause_and_what_each_source_says(ask: Ask) -> None:
    world = World().book("o1")
    other_end(world)
    (finding,) = ask(NAME, world).findings
    assert finding.subject == SEAT
    assert finding.details == {
        "clause": 'The contract of the system under test: "X exclusive"',
        "journal": "SOLD for o1, round 1, version 2",
        "state": "SOLD, round 1, version 2",
        "map": "SOLD",
    }


def test_a_timer_through_another_service_is_one(ask: Ask) -> None:
    world = World().reserve("o1")
    timer = world.invocation(SEAT, "Ticket", "expire")
    relay = Run(world, "Later", "", "send", None, None)
    world.alter("invocations", lambda row: row.id == relay.id, invoked_by_id=timer.invoked_by_id, invoked_by="service")
    world.alter("invocations", lambda row: row.id == timer.id, invoked_by_id=relay.id)
    cut(world, lambda each: (each.target or "").endswith("/expire"))
    relay.act(lambda _: None)
    assert told(ask, world) == (Outcome.VALID, [])


def test_a_call_that_kept_no_journal_is_unknown(ask: Ask) -> None:
    world = World().book("o1").book("o2", "A2")
    confirm = entry(world, "confirm", "Output")
    world.drop("journal", lambda each: each.invocation_id == confirm.invocation_id)
    world.alter("invocations", lambda row: row.id == confirm.invocation_id, journal_size=0)
    outcome, (said,) = told(ask, world)
    assert (outcome, said.startswith("the journal evidence is not retained")) == (Outcome.UNKNOWN, True)


def test_a_call_that_somebody_killed_is_not_judged_by_its_answer(ask: Ask) -> None:
    world = World().book("o1").decline("o2", "A2")
    output = entry(world, "confirm", "Output")
    world.drop("journal", lambda each: each is output)
    killed = {"result": "failure", "failure": "[409] killed", "journal_size": None}
    world.alter("invocations", lambda row: row.id == output.invocation_id, **killed)
    assert told(ask, world) == (Outcome.VALID, [])


def test_a_seat_that_is_still_moving_is_not_judged_by_its_end(ask: Ask) -> None:
    world = World(converged_at_ms=None).book("o1").book("late", "A3").stick("late")
    other_end(world)
    assert told(ask, world)[0] is not Outcome.INVALID
