"""Orders: an id is good for one booking, whatever became of it, and whoever asks with it again."""

from __future__ import annotations

import pytest
from pydantic import JsonValue
from restate import TerminalError

from services import orders
from services.errors import refuse
from tests.services.objects import Object

ORDER_ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
PLACE: dict[str, JsonValue] = {"fingerprint": "f", "event_id": "e1", "seat_id": "A1"}
TERMS: dict[str, JsonValue] = {
    "open": True,
    "seats": ["A1"],
    "price_cents": 4_200,
    "currency": "EUR",
    "hold_ms": 60_000,
    "auto_reset": False,
    "round": 3,
}
BOOKING: dict[str, JsonValue] = {
    "order_id": ORDER_ID,
    "event_id": "e1",
    "seat_id": "A1",
    "round": 3,
    "amount_cents": 4_200,
    "status": "CONFIRMED",
    "charge_id": "ch_1",
}


@pytest.fixture
def register() -> Object:
    register = Object(orders.service, ORDER_ID)
    register.answers["Event/e1/get"] = TERMS
    return register


def refused(register: Object, code: str, status: int, **change: JsonValue) -> None:
    with pytest.raises(TerminalError, match=f"^{code}: ") as refusal:
        register.call("place", **PLACE | change)
    assert refusal.value.status_code == status


def test_a_new_order_is_quoted_the_terms_of_its_event(register: Object) -> None:
    quote = {"price_cents": 4_200, "currency": "EUR", "hold_ms": 60_000, "round": 3}
    assert register.call("place", **PLACE) == {"quote": quote, "booking": None}
    assert register.call("get") == {"booking": None}


def test_an_order_that_failed_is_not_placed_again(register: Object) -> None:
    register.call("place", **PLACE)
    refused(register, "order_settled", 409)
    refused(register, "order_settled", 409, fingerprint="other")


def test_an_order_of_what_is_not_there_is_over_too(register: Object) -> None:
    refused(register, "unknown_seat", 404, seat_id="Z9")
    refused(register, "order_settled", 409)
    nowhere = Object(orders.service, ORDER_ID)
    nowhere.answers["Event/e1/get"] = refuse("unknown_event", "-")
    refused(nowhere, "unknown_event", 404)
    nowhere.answers["Event/e1/get"] = TERMS
    refused(nowhere, "order_settled", 409)


def test_a_booking_is_told_again_to_who_asks_for_the_same(register: Object) -> None:
    register.call("place", **PLACE)
    register.call("settle", **BOOKING)
    register.asked.clear()
    assert register.call("place", **PLACE) == {"quote": None, "booking": BOOKING}
    refused(register, "order_settled", 409, fingerprint="other")
    assert register.call("get") == {"booking": BOOKING}
    assert register.asked == []
