"""no_oversell: one seat, one round, one buyer; by version, not by the clock."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.evidence.record import Source, StateRow
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import EVENT, World

NAME = "no_oversell"
SEAT = f"{EVENT}:A1"


def write(world: World, **change: Any) -> None:
    """One more state that the ticket of A1 wrote, in an invocation of its own."""
    world._invoke("Ticket", SEAT, "confirm", {}, lambda run: world._write(run, "A1", **change))


def test_each_seat_sold_once_is_valid(ask: Ask) -> None:
    world = World().book("o1", "A1").refuse("o2", "A1").decline("o3", "A2").book("o4", "A2").reserve("o5", "A3")
    result = ask(NAME, world)
    assert (result.outcome, result.cases) == (Outcome.VALID, 3)
    assert result.summary == "2 seats sold, 1 only held"


def test_a_seat_may_be_sold_again_in_the_next_round(ask: Ask) -> None:
    world = World().book("o1")
    write(world, status="AVAILABLE", order_id=None, round=2)
    write(world, status="RESERVED", order_id="o2")
    write(world, status="SOLD")
    result = ask(NAME, world)
    assert (result.outcome, result.cases) == (Outcome.VALID, 2)


def test_two_buyers_in_one_round_are_found_in_the_journal(ask: Ask) -> None:
    world = World().book("o1")
    write(world, order_id="o2")
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    (finding,) = result.findings
    assert finding.message.startswith("sold to 2 orders in round 1: o1 (inv_")
    assert (finding.subject, finding.details["orders"]) == (SEAT, ["o1", "o2"])


def test_two_buyers_are_found_in_the_state_alone(ask: Ask) -> None:
    world = World().book("o1")
    world.settle()
    world.alter("state", lambda row: row.object_key == SEAT, value=world.ticket("A1") | {"order_id": "o2"})
    assert ask(NAME, world).outcome is Outcome.INVALID


@pytest.mark.parametrize("lost", ["history", "journal"])
def test_two_confirmed_orders_are_found_without_the_tickets(ask: Ask, lost: str) -> None:
    world = World().book("o1", "A1").book("o2", "A2")
    for source in ("history", "journal"):
        for row in world.rows[source]:
            for field in ("output", "value"):
                answer = getattr(row, field, None)
                if isinstance(answer, dict) and answer.get("order_id") == "o2" and "charge_id" in answer:
                    world.alter(source, lambda each, row=row: each is row, **{field: answer | {"seat_id": "A1"}})
    world.sources[lost] = Source(state="missing")
    world.rows["state"] = [StateRow(service="Ticket", object_key=SEAT, key="other", value=1)]
    world.views = {"x": 1}
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_a_sold_seat_does_not_become_free_again(ask: Ask) -> None:
    world = World().book("o1")
    write(world, status="AVAILABLE", order_id=None)
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].message == "sold to o1 in version 2, AVAILABLE in version 3 of the same round"


def test_two_states_cannot_carry_one_version(ask: Ask) -> None:
    world = World().book("o1")
    world.tickets["A1"]["version"] -= 2
    write(world, status="RESERVED", order_id="o2")
    messages = [finding.message for finding in ask(NAME, world).findings]
    assert any(message.startswith("version 1 stands for two states: RESERVED o1") for message in messages)


def test_a_version_that_an_invocation_writes_twice_counts_as_it_ended(ask: Ask) -> None:
    world = World()

    def twice(run: Any) -> None:
        run.entry("command", "SetState", state_key="ticket", value=world.ticket("A1") | {"status": "RESERVED"})
        world.tickets["A1"] = world.ticket("A1") | {"status": "RESERVED", "order_id": "o1", "version": 0}
        run.entry("command", "SetState", state_key="ticket", value=world.tickets["A1"])

    world._invoke("Ticket", SEAT, "reserve", {}, twice)
    assert ask(NAME, world).outcome is Outcome.VALID


def test_who_held_a_free_seat_does_not_matter(ask: Ask) -> None:
    world = World().decline("o1")
    world.settle()
    world.alter("state", lambda row: True, value=world.ticket("A1") | {"order_id": "o1"})
    assert ask(NAME, world).outcome is Outcome.VALID


@pytest.mark.parametrize("value", ["gone", {"status": "SOLD"}, {"status": "SOLD", "round": 1}, {"bytes": 7}, None])
def test_a_state_of_another_form_is_unknown(ask: Ask, value: Any) -> None:
    world = World().book("o1", "A1").book("o2", "A2")
    world.settle()
    world.alter("state", lambda row: row.object_key == SEAT, value=value)
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    assert result.findings[0].subject == SEAT


def test_another_service_with_a_state_of_that_name_is_no_seat(ask: Ask) -> None:
    world = World().book("o1")
    world._invoke("Basket", SEAT, "fill", {}, lambda run: world._write(run, "A1", order_id="o2"))
    world.tickets["A1"] = world.ticket("A1") | {"order_id": "o1", "version": 2}
    assert ask(NAME, world).outcome is Outcome.VALID


def test_a_seat_that_only_the_journal_knows_counts_too(ask: Ask) -> None:
    world = World(seats=0).book("o1", "A1")
    write(world, order_id="o2")
    world.rows["state"] = [StateRow(service="Ticket", object_key=SEAT, key="other", value=1)]
    assert ask(NAME, world).outcome is Outcome.INVALID


@pytest.mark.parametrize("lacking", ["event_id", "seat_id", "round"])
def test_answers_that_name_no_seat_are_not_two_sales_of_one(ask: Ask, lacking: str) -> None:
    world = World().book("o1", "A1").book("o2", "A2")
    for event in [event for event in world.rows["history"] if event.type == "ok"]:
        answer = event.output | {"seat_id": "A9", "event_id": EVENT} | {lacking: None}
        world.alter("history", lambda each, event=event: each is event, output=answer)
    assert ask(NAME, world).outcome is Outcome.VALID


def test_no_seat_touched_is_no_case(ask: Ask) -> None:
    result = ask(NAME, World())
    assert (result.outcome, result.cases) == (Outcome.UNKNOWN, 0)
