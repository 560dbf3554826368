"""Bug: some orders, a third of all, are told that a seat is sold which is free.

Caught by seats_follow_contract: a refusal of a seat that was found free, in any scenario with a dozen orders.
"""

from __future__ import annotations

import zlib

from services import seat as seats
from services.app import app
from services.errors import refuse
from services.seat import Seat

__all__ = ["app"]

_reserve = seats.reserve


def reserve(seat: Seat, user_id: str, order_id: str, expires_at_ms: int) -> Seat:
    if zlib.crc32(order_id.encode()) % 3 == 0:
        raise refuse("seat_sold", "Ticket already sold")
    return _reserve(seat, user_id, order_id, expires_at_ms)


seats.reserve = reserve
