"""Why a seat cannot be had; how it lives stands in test_ticket."""

from __future__ import annotations

import pytest
from restate import TerminalError

from services import seat
from services.errors import code_of
from services.seat import Seat


def test_the_order_that_bought_the_seat_is_told_so_too() -> None:
    sold = seat.confirm(seat.reserve(Seat(), "user", "order-a", 1_000), "order-a", 1)
    with pytest.raises(TerminalError) as refusal:
        seat.check_free(sold)
    assert code_of(refusal.value) == "seat_sold"
    assert refusal.value.message == "seat_sold: Ticket already sold"
    assert refusal.value.status_code == 409


def test_another_hold_is_told_so() -> None:
    with pytest.raises(TerminalError) as refusal:
        seat.check_free(seat.reserve(Seat(), "user", "order-a", 1_000))
    assert refusal.value.message == "seat_reserved: Ticket is currently reserved"
