"""UserSession: an order a seat, endings of one's own orders, and a timer that only ends a session nobody used since."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from pydantic import JsonValue
from restate import TerminalError

from services import user_session
from tests.services.objects import Object, Sent

IDLE_MS = 1_800_000


@pytest.fixture
def session() -> Object:
    return Object(user_session.service, "ann")


def seat(seat_id: str) -> dict[str, JsonValue]:
    return {"event_id": "e1", "seat_id": seat_id}


def filled(session: Object, *seats: str) -> Object:
    for seat_id in seats:
        session.call("add_to_cart", **seat(seat_id))
    return session


def keeps(session: Object, **fields: Any) -> None:
    """What it takes too long to bring about."""
    user_session.SESSION.write(session, user_session.Session(**fields))  # type: ignore[arg-type]


def cart(session: Object) -> list[str]:
    return [each["seat_id"] for each in session.call("get")["cart"]]


def timers(session: Object) -> list[Sent]:
    return [sent for sent in session.sent if sent.target == "UserSession/ann/clear_if_idle"]


def ring(session: Object, timer: Sent) -> None:
    body: Any = timer.body
    session.call("clear_if_idle", **body)


def test_a_cart_holds_each_seat_once(session: Object) -> None:
    assert cart(filled(session, "A1", "A2", "A1")) == ["A2", "A1"]
    session.call("remove_from_cart", **seat("A2"))
    assert cart(session) == ["A1"]


def test_a_cart_holds_a_thousand_seats(session: Object) -> None:
    keeps(session, cart=[user_session.Seat(event_id="e1", seat_id=f"S{number}") for number in range(1_000)])
    with pytest.raises(TerminalError, match=r"^invalid: cart: ") as refusal:
        filled(session, "CANARY")
    assert refusal.value.status_code == 422
    assert "CANARY" not in refusal.value.message
    assert len(cart(filled(session, "S0"))) == 1_000


@pytest.mark.parametrize(("asked", "payment"), [({}, "direct"), ({"payment": "webhook"}, "webhook")])
def test_a_checkout_orders_each_seat_by_an_order_of_its_own(
    session: Object, asked: dict[str, JsonValue], payment: str
) -> None:
    filled(session, "A1", "A2").sent.clear()
    order_ids = session.call("checkout", payment_token="tok_1", **asked)["order_ids"]
    assert len({*order_ids}) == 2
    order = {"user_id": "ann", "payment_token": "tok_1", "payment": payment}
    assert [sent for sent in session.sent if sent not in timers(session)] == [
        Sent("OrderWatch/follow", {"order_id": order_id, "order": {**order, **seat(seat_id)}}, None)
        for order_id, seat_id in zip(order_ids, ("A1", "A2"), strict=True)
    ]
    assert session.call("get") == {"cart": [], "current_orders": order_ids, "past_orders": []}
    with pytest.raises(TerminalError, match=r"^empty_cart: "):
        session.call("checkout", payment_token="tok_1")


def test_an_order_that_ended_is_past_and_told_once(session: Object) -> None:
    first, second = filled(session, "A1", "A2").call("checkout", payment_token="tok_1")["order_ids"]
    for _ in range(2):
        session.call("order_ended", order_id=first, status="FAILED")
    past = [{"order_id": first, "status": "FAILED"}]
    assert session.call("get") == {"cart": [], "current_orders": [second], "past_orders": past}


def test_the_newest_thousand_past_orders_are_kept(session: Object) -> None:
    order_ids = [str(UUID(int=number)) for number in range(1_001)]
    past = [user_session.Ended(order_id=order_id, status="FAILED") for order_id in order_ids[:-1]]
    keeps(session, past_orders=past, current_orders=order_ids[-1:])
    session.call("order_ended", order_id=order_ids[-1], status="CONFIRMED")
    assert [each["order_id"] for each in session.call("get")["past_orders"]] == order_ids[1:]


@pytest.mark.parametrize("by", ["clear", "clear_if_idle"])
def test_a_session_that_was_cleared_is_not_brought_back_by_its_orders(session: Object, by: str) -> None:
    (order_id,) = filled(session, "A1").call("checkout", payment_token="tok_1")["order_ids"]
    if by == "clear":
        session.call("clear")
    else:
        ring(session, timers(session)[-1])
    assert session.state == {}
    session.sent.clear()
    session.call("order_ended", order_id=order_id, status="CONFIRMED")
    assert (session.state, session.sent) == ({}, [])


def test_whatever_happens_in_a_session_puts_off_its_end(session: Object) -> None:
    filled(session, "A1", "A2").call("remove_from_cart", **seat("A2"))
    (order_id,) = session.call("checkout", payment_token="tok_1")["order_ids"]
    session.call("order_ended", order_id=order_id, status="CONFIRMED")
    assert [timer.after_ms for timer in timers(session)] == [IDLE_MS] * 5
    before = dict(session.state)
    for timer in timers(session)[:-1]:
        ring(session, timer)
    assert session.state == before
    ring(session, timers(session)[-1])
    assert session.state == {}


def test_what_changes_nothing_keeps_no_state_and_sets_no_timer(session: Object) -> None:
    session.call("remove_from_cart", **seat("A1"))
    session.call("get")
    assert (session.state, session.sent) == ({}, [])
