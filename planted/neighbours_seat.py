"""Bug: everybody is booked on the seat beside the one that they ordered, and told that they have the one they ordered.

Caught by seats_follow_contract: a Ticket that was taken for a checkout of another seat, after any booking.
"""

from __future__ import annotations

from restate import WorkflowContext

from services import ticket
from services.app import app
from services.saga import Order, Saga

__all__ = ["app"]

_begin = Saga.__init__


def begin(self: Saga, ctx: WorkflowContext, order: Order) -> None:
    _begin(self, ctx, order)
    row, number = order.seat_id[0], int(order.seat_id[1:])
    self.ticket = ticket.key_of(order.event_id, f"{row}{number + 1 if number % 2 else number - 1}")


Saga.__init__ = begin  # type: ignore[method-assign]
