"""carts_lose_nothing: what was put in is there, what was taken out is not."""

from __future__ import annotations

import pytest

from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import changed_cart
from tests.checkers.world import EVENT, World

NAME = "carts_lose_nothing"


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message for finding in result.findings]


def holding(*seats: str) -> World:
    world = changed_cart()
    world.views["UserSession/u/get"] = {"cart": [{"event_id": EVENT, "seat_id": seat} for seat in seats]}
    return world


def test_a_cart_that_shows_every_change_is_valid(ask: Ask) -> None:
    assert told(ask, changed_cart()) == (Outcome.VALID, [])


@pytest.mark.parametrize(
    ("seats", "said"),
    [
        (("A2",), "u: put into the cart, and it is not there"),
        (("A3",), "u: put into the cart, and it is not there"),
        (("A1", "A2", "A3"), "u: taken out of the cart, and it is still there"),
        (("A2", "A3", "A9"), "u: in the cart, and nobody put it there"),
    ],
)
def test_a_change_that_was_lost_or_made_up_is_invalid(ask: Ask, seats: tuple[str, ...], said: str) -> None:
    assert told(ask, holding(*seats)) == (Outcome.INVALID, [said])


def test_a_change_without_an_answer_is_not_judged(ask: Ask) -> None:
    world = holding("A2")
    added = lambda event: (event.target, event.type) == ("UserSession/u/add_to_cart", "ok")  # noqa: E731 - reads best
    world.alter("history", added, type="info", code="timeout")
    assert told(ask, world) == (Outcome.VALID, [])


def test_a_cart_that_was_not_read_is_unknown(ask: Ask) -> None:
    world = changed_cart()
    world.views["UserSession/u/get"] = {"error": "ConnectError"}
    assert told(ask, world)[0] is Outcome.UNKNOWN


def changed(world: World, handler: str, seat: str | None = None) -> World:
    """The user does one more thing, and is answered."""
    body = {"event_id": EVENT, "seat_id": seat} if seat else None
    number = world.told("invoke", f"UserSession/u/{handler}", input=body)
    world.told("ok", f"UserSession/u/{handler}", number, status=200)
    return world


@pytest.mark.parametrize("handler", ["checkout", "clear"])
def test_a_cart_that_was_ordered_or_cleared_is_not_judged(ask: Ask, handler: str) -> None:
    outcome, said = told(ask, changed(holding(), handler))
    assert (outcome, said) == (Outcome.UNKNOWN, ["nothing in this record exercises the property"])


@pytest.mark.parametrize("seats", [("A2", "A3"), ("A2",)])
def test_of_a_seat_put_in_and_taken_out_nobody_knows_which_came_last(ask: Ask, seats: tuple[str, ...]) -> None:
    assert told(ask, changed(holding(*seats), "remove_from_cart", "A3")) == (Outcome.VALID, [])
