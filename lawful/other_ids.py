"""Lawful: the orders of a session have ids of another form: UUIDs in capitals."""

from __future__ import annotations

from restate import ObjectContext

from services import order_watch, user_session
from services.app import app
from services.errors import refuse
from services.saga import Order
from services.user_session import CheckedOut, Checkout

__all__ = ["app"]


async def checkout(ctx: ObjectContext, request: Checkout) -> CheckedOut:
    session = await user_session.load(ctx)
    if not session.cart:
        raise refuse("empty_cart", "there is nothing in the cart")
    placed = [str(ctx.uuid()).upper() for _ in session.cart]
    for order_id, seat in zip(placed, session.cart, strict=True):
        payment = request.payment or "direct"
        order = Order(**seat.model_dump(), user_id=ctx.key(), payment_token=request.payment_token, payment=payment)
        ctx.service_send(order_watch.follow, order_watch.Follow(order_id=order_id, order=order))
    user_session.keep(ctx, session, cart=[], current_orders=[*session.current_orders, *placed])
    return CheckedOut(order_ids=placed)


user_session.service.handlers["checkout"].fn = checkout
