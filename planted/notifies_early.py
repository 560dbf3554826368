"""Bug: the user is told of a booking before the seat is confirmed.

Caught by saga_in_order: the journal has the notification before the confirm, as in `baseline`.
"""

from __future__ import annotations

from services import checkout, notifications
from services.app import app
from services.saga import Saga

__all__ = ["app"]

_confirm = checkout.confirm


async def confirm(saga: Saga, round_: int) -> None:
    user_id = saga.order.user_id
    note = notifications.Notify(
        notification_id=saga.order_id, kind="booking_confirmed", order_id=saga.order_id, to=user_id
    )
    saga.ctx.object_send(notifications.notify, user_id, note)
    await _confirm(saga, round_)


checkout.confirm = confirm
