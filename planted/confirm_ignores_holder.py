"""Bug: a ticket is sold to whoever confirms it, whether or not that order holds it in this round.

Caught by no_oversell: two confirmed orders for one seat, when the hold ends while its payment is under way and another
order takes the seat.
"""

from __future__ import annotations

from services import seat as seats
from services.app import app
from services.seat import Seat

__all__ = ["app"]


def confirm(seat: Seat, order_id: str, round_: int) -> Seat:  # noqa: ARG001 - the bug is not to look
    return seat.model_copy(
        update={"status": "SOLD", "order_id": order_id, "expires_at_ms": None, "version": seat.version + 1}
    )


seats.confirm = confirm
