"""Bug: whoever reserves a seat gets it, also while another order holds it.

Caught by seats_follow_contract: a hold that became another order's without ending, when two want one seat.
"""

from __future__ import annotations

from services import seat as seats
from services.app import app
from services.errors import refuse
from services.seat import Seat

__all__ = ["app"]


def check_free(seat: Seat) -> None:
    if seat.status == "SOLD":
        raise refuse("seat_sold", "Ticket already sold")


seats.check_free = check_free
