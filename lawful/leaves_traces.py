"""Lawful: a seat that is free keeps who had it last, and until when; a seat that is sold until when it was held."""

from __future__ import annotations

from services import seat as seats
from services.app import app
from services.seat import Seat

__all__ = ["app"]

_confirm = seats.confirm


def freed(seat: Seat) -> Seat:
    return seat.model_copy(update={"status": "AVAILABLE", "version": seat.version + 1})


def confirm(seat: Seat, order_id: str, round_: int) -> Seat:
    if seat.status == "AVAILABLE":
        seat = Seat(round=seat.round, version=seat.version)
    return _confirm(seat, order_id, round_).model_copy(update={"expires_at_ms": seat.expires_at_ms})


seats._freed = freed
seats.confirm = confirm
