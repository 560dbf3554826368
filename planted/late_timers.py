"""Bug: the timer of a hold does nothing when it comes late, as it does after a time in which nobody was there.

Caught by holds_expire: a seat stays held for good, in `hold_expires_while_down`.
"""

from __future__ import annotations

import time

from services import seat as seats
from services.app import app
from services.seat import Seat

__all__ = ["app"]

_expire = seats.expire
LATE_MS = 400


def expire(seat: Seat, hold: int) -> Seat:
    late = time.time() * 1000 - (seat.expires_at_ms or 0) > LATE_MS
    return seat if late else _expire(seat, hold)


seats.expire = expire
