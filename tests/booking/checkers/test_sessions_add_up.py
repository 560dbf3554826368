"""sessions_add_up: an order a seat, none untold, and the session knows how each ended."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.evidence.record import Source
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import shopped
from tests.checkers.world import EVENT, Run, World

NAME = "sessions_add_up"
VIEW = "UserSession/u/get"


def test_a_cart_that_became_its_orders_is_valid(ask: Ask) -> None:
    result = ask(NAME, shopped())
    assert (result.outcome, result.cases, result.findings) == (Outcome.VALID, 1, ())


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (["o1"], "u: 1 orders for 2 seats in the cart"),
        (["o1", "o1"], "u: an order id was answered twice"),
        (["o1", "o3"], "u: this order was answered and never placed"),
        (["o1", "o3"], "u: this order was placed and never answered"),
    ],
)
def test_an_answer_that_is_not_what_was_placed(ask: Ask, answered: list[str], said: str) -> None:
    world = shopped()
    asked = lambda event: (event.target, event.type) == ("UserSession/u/checkout", "ok")  # noqa: E731 - reads best here
    world.alter("history", asked, output={"order_ids": answered})
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert said in [finding.message for finding in result.findings]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cart": [{}]}, "u: the cart still holds 1 seats"),
        ({"current_orders": ["o1"]}, "u: still a current order, though it ended CONFIRMED"),
        ({"past_orders": [{"order_id": "o1", "status": "FAILED"}]}, "u: ended CONFIRMED, past orders say FAILED"),
        ({"past_orders": []}, "u: ended FAILED, past orders say None"),
    ],
)
def test_a_session_that_does_not_know(ask: Ask, change: dict[str, Any], said: str) -> None:
    world = shopped()
    world.views[VIEW] |= change
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert said in [finding.message for finding in result.findings]


@pytest.mark.parametrize("listed", ["current_orders", "past_orders"])
def test_an_order_that_a_look_after_its_checkout_does_not_show_is_invalid(listed: str, ask: Ask) -> None:
    world = shopped()
    looked = lambda event: (event.target, event.type) == (VIEW, "ok")  # noqa: E731 - reads best here
    (look,) = [event for event in world.rows["history"] if looked(event)]
    world.alter("history", looked, output=look.output | {listed: []})
    result = ask(NAME, world)
    lost = "o2" if listed == "current_orders" else "o1"
    told = [(finding.case, finding.message) for finding in result.findings]
    assert (result.outcome, told) == (Outcome.INVALID, [(lost, "u: ordered, and then neither current nor past")])
    cleared(world)
    assert ask(NAME, world).outcome is Outcome.VALID


def cleared(world: World, key: str = "u") -> None:
    """By a timer of its own, say."""
    Run(world, "UserSession", key, "clear_if_idle", {}, None).act(
        lambda run: run.entry("command", "ClearAllState") and None
    )


def test_a_session_that_was_cleared_knows_nothing_and_says_nothing_wrong(ask: Ask) -> None:
    world = shopped()
    world.views[VIEW] = {"cart": [], "current_orders": [], "past_orders": []}
    assert ask(NAME, world).outcome is Outcome.INVALID
    cleared(world, "somebody-else")
    assert ask(NAME, world).outcome is Outcome.INVALID
    cleared(world)
    assert ask(NAME, world).outcome is Outcome.VALID
    world.views[VIEW] = {"cart": [], "current_orders": [], "past_orders": [{"order_id": "o1", "status": "FAILED"}]}
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_a_session_that_was_not_read_is_unknown(ask: Ask) -> None:
    world = shopped()
    world.views[VIEW] = {"error": "ConnectError"}
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_an_order_that_has_not_ended_is_unknown(ask: Ask) -> None:
    world = shopped()
    run = world.invocation("o1")
    world.drop("journal", lambda entry: (entry.invocation_id, entry.type) == (run.id, "Output"))
    world.alter("invocations", lambda row: row.id == run.id, status="running", result=None, journal_size=None)
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_a_seat_that_was_taken_out_is_not_missed(ask: Ask) -> None:
    world = shopped()
    for handler in ("add_to_cart", "remove_from_cart"):
        number = world.told("invoke", f"UserSession/u/{handler}", input={"event_id": EVENT, "seat_id": "A3"})
        world.told("ok", f"UserSession/u/{handler}", number, status=200)
    assert ask(NAME, world).outcome is Outcome.VALID


def test_a_seat_of_which_nobody_knows_whether_it_was_put_in_is_not_missed(ask: Ask) -> None:
    world = shopped()
    number = world.told("invoke", "UserSession/u/add_to_cart", input={"event_id": EVENT, "seat_id": "A3"})
    world.told("info", "UserSession/u/add_to_cart", number, code="timeout")
    world.meta["converged_at_ms"] = world.now
    added = world.told("invoke", "UserSession/u/add_to_cart", input={"event_id": EVENT, "seat_id": "A2"})
    world.told("ok", "UserSession/u/add_to_cart", added, status=200)  # there is no second copy of it
    assert ask(NAME, world).outcome is Outcome.VALID
    mine = lambda event: (event.operation, event.type) == (1, "ok")  # noqa: E731 - reads best here
    world.alter("history", mine, type="info", code="timeout", status=None)
    world.drop("history", lambda event: event.operation == added)
    assert ask(NAME, world).outcome is Outcome.VALID


def test_a_look_before_the_checkout_shows_no_orders(ask: Ask) -> None:
    world = shopped()
    number = world.told("invoke", VIEW)
    world.told("ok", VIEW, number, status=200, output={"cart": [], "current_orders": [], "past_orders": []})
    early = world.rows["history"][-2:]
    events = [*early, *world.rows["history"][:-2]]
    world.rows["history"] = [event.model_copy(update={"seq": seq}) for seq, event in enumerate(events)]
    assert ask(NAME, world).outcome is Outcome.VALID


def test_before_all_is_at_rest_it_is_unknown(ask: Ask) -> None:
    world = shopped(converged_at_ms=None).book("late", "A3").stick("late")
    world.views[VIEW] |= {"current_orders": ["o1"], "past_orders": []}
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_a_cut_journal_may_lack_that_the_session_was_cleared(ask: Ask) -> None:
    world = shopped()
    world.views[VIEW] = {"cart": [], "current_orders": [], "past_orders": []}
    world.sources["journal"] = Source(state="partial", reason="cut")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN
