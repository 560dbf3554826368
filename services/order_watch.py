"""OrderWatch, private: sees an order of a session to its end and tells the session, which cannot wait for it."""

from __future__ import annotations

import json

from restate import Context, Service, TerminalError

from services import checkout
from services.saga import Order
from services.schema import Message, OrderUuid
from services.serde import Json, guard

service = Service("OrderWatch", ingress_private=True, invocation_context_managers=[guard()])


class Follow(Message):
    order_id: OrderUuid
    order: Order


@service.handler(input_serde=Json(Follow))
async def follow(ctx: Context, request: Follow) -> None:
    """Places the order and reports how it ended."""
    try:
        await ctx.workflow_call(checkout.run, request.order_id, request.order)
        status = "CONFIRMED"
    except TerminalError:
        status = "FAILED"
    ended = json.dumps({"order_id": request.order_id, "status": status}).encode()
    ctx.generic_send("UserSession", "order_ended", ended, key=request.order.user_id)  # by name: it imports this module
