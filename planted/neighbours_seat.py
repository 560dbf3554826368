"""Bug: everybody is booked on the seat beside the one they ordered.

Caught by saga_in_order: the steps are taken at another seat than was ordered, as in `baseline`.
"""

from __future__ import annotations

from services import ticket
from services.app import app

__all__ = ["app"]

_key_of = ticket.key_of


def key_of(event_id: str, seat_id: str) -> str:
    row, number = seat_id[0], int(seat_id[1:])
    return _key_of(event_id, f"{row}{number + 1 if number % 2 else number - 1}")


ticket.key_of = key_of
