"""What can happen to a seat, as pure functions from one state to the next. `Ticket` keeps the result."""

from __future__ import annotations

from services.errors import refuse
from services.schema import SeatStatus, Stored


class Seat(Stored):
    """A seat in one round. Every change makes the next `version`, which never falls, so it also names a hold."""

    status: SeatStatus = "AVAILABLE"
    user_id: str | None = None
    order_id: str | None = None
    expires_at_ms: int | None = None
    round: int = 1
    version: int = 0

    def is_held_by(self, order_id: str) -> bool:
        return self.status == "RESERVED" and self.order_id == order_id


def check_free(seat: Seat) -> None:
    """Raises 409 unless anyone may reserve the seat."""
    if seat.status == "SOLD":
        raise refuse("seat_sold", "Ticket already sold")
    if seat.status == "RESERVED":
        raise refuse("seat_reserved", "Ticket is currently reserved")


def reserve(seat: Seat, user_id: str, order_id: str, expires_at_ms: int) -> Seat:
    """The free seat, held for an order. Raises 409 if it is not free."""
    check_free(seat)
    return Seat(
        status="RESERVED",
        user_id=user_id,
        order_id=order_id,
        expires_at_ms=expires_at_ms,
        round=seat.round,
        version=seat.version + 1,
    )


def confirm(seat: Seat, order_id: str, round_: int) -> Seat:
    """The seat, sold to the order that holds it in this round. Raises 409 `not_held` if it does not."""
    if seat.order_id != order_id or seat.round != round_:
        raise refuse("not_held", "this order does not hold the seat in this round")
    if seat.status == "SOLD":
        return seat
    return seat.model_copy(update={"status": "SOLD", "expires_at_ms": None, "version": seat.version + 1})


def release(seat: Seat, order_id: str) -> Seat:
    """The seat, free again if this order holds it; otherwise as it was."""
    return _freed(seat) if seat.is_held_by(order_id) else seat


def expire(seat: Seat, hold: int) -> Seat:
    """The seat, free again if it still is in the very hold that began with version `hold`; otherwise as it was."""
    return _freed(seat) if seat.status == "RESERVED" and seat.version == hold else seat


def reset(seat: Seat, round_: int) -> Seat:
    """The seat, free in a later round, whoever had it; otherwise as it was."""
    return Seat(round=round_, version=seat.version + 1) if round_ > seat.round else seat


def _freed(seat: Seat) -> Seat:
    return Seat(round=seat.round, version=seat.version + 1)
