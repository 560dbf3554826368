"""Bug: what became of an order is remembered for as long as Restate keeps its workflow, and no longer.

Caught by client_answers: an order that is confirmed is told that its seat is sold, when it is placed again after that,
as in `forgotten_orders`.
"""

from __future__ import annotations

from restate import ObjectContext

from services import orders
from services.app import app

__all__ = ["app"]

_place = orders.service.handlers["place"].fn


async def place(ctx: ObjectContext, request: orders.Place) -> orders.Placed:
    ctx.clear("order")
    return await _place(ctx, request)


orders.service.handlers["place"].fn = place
