"""sessions_follow_contract: a session follows from what was done to it."""

from __future__ import annotations

from typing import Any

import pytest

from booking.settings import BookingSettings
from chaos.evidence.journal import Failure
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import changed_cart, changes, finds, seat_of, shopped, used_again
from tests.checkers.world import Run, World

NAME = "sessions_follow_contract"
VIEW = "UserSession/u/get"
EMPTY: dict[str, Any] = {"cart": [], "current_orders": [], "past_orders": []}


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message for finding in result.findings]


def with_cart(world: World, *seats: str) -> World:
    world.views[VIEW] = EMPTY | {"cart": [seat_of(seat) for seat in seats]}
    return world


@pytest.mark.parametrize("world", [shopped, changed_cart, used_again])
def test_a_session_that_shows_what_was_done_is_valid(ask: Ask, world: Any) -> None:
    assert told(ask, world()) == (Outcome.VALID, [])


@pytest.mark.parametrize(
    ("seats", "said"),
    [
        (("A2",), "not in the cart, and nothing took it out"),
        (("A1", "A2", "A3"), "in the cart, and nothing put it there"),
        (("A2", "A3", "A9"), "in the cart, and nothing put it there; what was done to it: nothing"),
    ],
)
def test_a_cart_that_lost_a_change_or_made_one_up(ask: Ask, seats: tuple[str, ...], said: str) -> None:
    outcome, (found,) = told(ask, with_cart(changed_cart(), *seats))
    assert outcome is Outcome.INVALID
    assert said in found


def test_a_look_in_between_is_judged_too(ask: Ask) -> None:
    world = changed_cart()
    world.client(VIEW, act=lambda run: finds(run, EMPTY | {"cart": [seat_of("A1")]}))
    outcome, found = told(ask, world)
    assert outcome is Outcome.INVALID
    assert len(found) == 3  # A1 is there, A2 and A3 are not


def test_of_two_changes_at_once_either_may_have_come_last(ask: Ask) -> None:
    for seats in (("A2", "A3"), ("A2",)):
        world = with_cart(changed_cart(), *seats)
        world.client("UserSession/u/remove_from_cart", seat_of("A3"))  # its journal shows no state
        sent = [row.seq for row in world.rows["history"] if row.type == "invoke"]
        world.rows["history"].sort(key=lambda row, last=sent[-1]: (row.type != "invoke", row.seq == last, row.seq))
        world.rows["history"] = [row.model_copy(update={"seq": seq}) for seq, row in enumerate(world.rows["history"])]
        assert told(ask, world) == (Outcome.VALID, [])


def test_what_was_ordered_is_no_longer_in_the_cart_and_what_is_added_later_is(ask: Ask) -> None:
    world = shopped()
    world.client("UserSession/u/add_to_cart", seat_of("A3"), act=changes)
    world.views[VIEW] |= {"cart": [seat_of("A3")]}
    assert told(ask, world) == (Outcome.VALID, [])
    world.views[VIEW] |= {"cart": [seat_of("A1"), seat_of("A3")]}
    assert told(ask, world)[0] is Outcome.INVALID
    world.views[VIEW] |= {"cart": []}
    assert told(ask, world)[0] is Outcome.INVALID


def cleared_by_itself(world: World) -> World:
    """By a handler of the app's own, whenever that ran."""
    Run(world, "UserSession", "u", "when_idle", {}, None).act(
        lambda run: run.entry("command", "ClearAllState") and None
    )
    return world


def test_a_session_that_cleared_itself_has_forgotten(ask: Ask) -> None:
    short = {"settings": BookingSettings(session_idle_ms=1)}
    for world in (with_cart(changed_cart(**short)), shopped(**short)):
        world.views[VIEW] = EMPTY
        assert told(ask, world)[0] is Outcome.INVALID
        assert told(ask, cleared_by_itself(world)) == (Outcome.VALID, [])


def test_one_that_a_client_cleared_has_forgotten_what_was_before(ask: Ask) -> None:
    world = changed_cart()
    world.client("UserSession/u/clear", act=lambda run: run.entry("command", "ClearAllState") and None)
    assert told(ask, with_cart(world)) == (Outcome.VALID, [])
    assert told(ask, with_cart(world, "A2"))[0] is Outcome.INVALID


def output(world: World, handler: str, **change: Any) -> World:
    """What the last call of a handler answered, in the journal and to the client."""
    run = [row.id for row in world.rows["invocations"] if (row.service, row.handler) == ("UserSession", handler)][-1]
    (entry,) = [each for each in world.rows["journal"] if (each.invocation_id, each.type) == (run, "Output")]
    world.replace(entry, **change)
    return world


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (["o1"], "this order was placed and never answered"),
        (["o1", "o1"], "lawful is only: 2 orders, each with an id of its own"),
        (["o1", "o3"], "this order was answered and never placed"),
        ([], "lawful is only: empty_cart, or an order for each seat"),
    ],
)
def test_a_checkout_that_answers_other_orders_than_it_placed(ask: Ask, answered: list[str], said: str) -> None:
    outcome, found = told(ask, output(shopped(), "checkout", value={"order_ids": answered}))
    assert outcome is Outcome.INVALID
    assert any(said in each for each in found), found


def test_a_full_cart_that_is_called_empty(ask: Ask) -> None:
    world = changed_cart()
    world.client("UserSession/u/checkout", {"payment_token": "t"}, act=changes)
    output(world, "checkout", value=None, failure=Failure(code=409, message="empty_cart: nothing there"))
    assert told(ask, world)[0] is Outcome.INVALID
    emptied = changed_cart()
    emptied.client("UserSession/u/clear", act=lambda run: run.entry("command", "ClearAllState") and None)
    emptied.client("UserSession/u/checkout", {"payment_token": "t"})
    output(emptied, "checkout", value=None, failure=Failure(code=409, message="empty_cart: nothing there"))
    assert told(ask, with_cart(emptied)) == (Outcome.VALID, [])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"user_id": "v"}, "ordered with another user_id than the session's"),
        ({"payment_token": "stolen"}, "ordered with another payment_token than the session's"),
        ({"seat_id": "A4"}, "ordered, and it was not in the cart"),
        ({"seat_id": "A4"}, "in the cart, and not ordered"),
    ],
)
def test_a_checkout_that_orders_something_else(ask: Ask, change: dict[str, str], said: str) -> None:
    world = shopped()
    run = world.invocation("o1")
    (asked,) = [each for each in world.rows["journal"] if (each.invocation_id, each.type) == (run.id, "Input")]
    world.replace(asked, value=asked.value | change)
    outcome, found = told(ask, world)
    assert outcome is Outcome.INVALID
    assert any(said in each for each in found), found


ONE, TWO = ({"order_id": "o1", "status": "CONFIRMED"}, {"order_id": "o2", "status": "FAILED"})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"past_orders": [ONE]}, "u: ordered, and neither current nor past"),
        ({"past_orders": [ONE | {"status": "FAILED"}, TWO]}, "u: shown as FAILED, and it ended CONFIRMED"),
        ({"past_orders": [ONE | {"status": "LOST"}, TWO]}, "u: shown as LOST, and it ended CONFIRMED"),
        ({"current_orders": ["o1"]}, "u: shown as current and as past"),
        ({"current_orders": ["o1"], "past_orders": [TWO]}, "u: shown as current, and it has ended"),
        ({"current_orders": ["o9"]}, "u: shown, and no checkout of this session had placed it"),
    ],
)
def test_orders_that_are_shown_as_they_are_not(ask: Ask, change: dict[str, Any], said: str) -> None:
    world = shopped()
    world.views[VIEW] |= change
    outcome, found = told(ask, world)
    assert outcome is Outcome.INVALID
    assert said in found


def test_an_end_that_the_session_had_not_been_told_of(ask: Ask) -> None:
    """The look came before that call, by the states that both found."""
    world = shopped()
    output(world, "get", value=EMPTY | {"past_orders": [ONE, TWO]})
    assert told(ask, world) == (Outcome.INVALID, ["u: shown as past, and the session had not been told of its end"])


def test_an_end_that_is_told_wrong(ask: Ask) -> None:
    world = shopped()
    run = [row.id for row in world.rows["invocations"] if row.handler == "order_ended"]
    for id_, body, said in (
        (
            run[0],
            {"order_id": "o1", "status": "FAILED"},
            "u: the session was told FAILED, and the order ended CONFIRMED",
        ),
        (run[1], {"order_id": "o7", "status": "FAILED"}, "u: the session was told of an order that it never placed"),
    ):
        (asked,) = [each for each in world.rows["journal"] if (each.invocation_id, each.type) == (id_, "Input")]
        world.replace(asked, value=body)
        outcome, found = told(ask, world)
        assert outcome is Outcome.INVALID
        assert said in found


def test_a_sound_change_that_is_refused(ask: Ask) -> None:
    world = output(changed_cart(), "add_to_cart", value=None, failure=Failure(code=422, message="invalid: seat_id: no"))
    assert told(ask, with_cart(world, "A2"))[0] is Outcome.INVALID


def test_what_is_not_a_session_is_invalid(ask: Ask) -> None:
    world = changed_cart()
    world.views[VIEW] = {"cart": 7}
    assert told(ask, world)[0] is Outcome.INVALID


def test_a_session_that_was_to_be_read_at_the_end_and_was_not_is_unknown(ask: Ask) -> None:
    world = changed_cart()
    world.views[VIEW] = {"error": "ConnectError"}
    assert told(ask, world) == (Outcome.UNKNOWN, ["the session of u could not be read at the end"])


def test_a_change_that_nobody_knows_of_may_have_happened(ask: Ask) -> None:
    for seats in (("A2", "A3"), ("A2", "A3", "A4")):
        world = changed_cart()
        number = world.told("invoke", "UserSession/u/add_to_cart", input=seat_of("A4"))
        world.told("info", "UserSession/u/add_to_cart", number, code="timeout")
        world.meta["converged_at_ms"] = world.now
        assert told(ask, with_cart(world, *seats)) == (Outcome.VALID, [])


def test_two_checkouts_and_an_order_by_hand_are_lawful(ask: Ask) -> None:
    world = shopped().book("by-hand", "A3")
    for source in ("history", "journal"):
        for row in world.rows[source]:
            body = row.input if source == "history" else row.value if row.type == "Input" else None
            if isinstance(body, dict) and body.get("user_id") == "user-by-hand" and "event_id" in body:
                field = "input" if source == "history" else "value"
                world.alter(source, lambda each, row=row: each is row, **{field: body | {"user_id": "u"}})
    assert told(ask, world) == (Outcome.VALID, [])
