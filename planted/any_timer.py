"""Bug: the timer of a hold frees the seat whoever holds it by then.

Caught by holds_expire: a hold ended by the timer of an earlier one, which was given back before its time, as in
`hold_given_back`.
"""

from __future__ import annotations

from services import seat as seats
from services.app import app
from services.seat import Seat

__all__ = ["app"]

_expire = seats.expire


def expire(seat: Seat, hold: int) -> Seat:  # noqa: ARG001 - the bug is not to look
    return _expire(seat, seat.version)


seats.expire = expire
