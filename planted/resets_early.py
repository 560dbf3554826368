"""Bug: the seat map calls an event sold out as soon as one of its seats is taken.

Caught by events_follow_contract: the map ended a round, and a seat was not sold in it, in `sold_out_rounds`.
"""

from __future__ import annotations

from services.app import app
from services.seat_map import SeatMap

__all__ = ["app"]


def sold_out(self: SeatMap) -> bool:
    return any(self.status(seat_id) != "AVAILABLE" for seat_id in self.listed)


SeatMap.sold_out = sold_out  # type: ignore[method-assign]
