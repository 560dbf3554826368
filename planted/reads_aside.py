"""Bug: a seat is taken out of the cart by a handler that runs beside others: it reads, and another invocation writes.

Caught by sessions_follow_contract: of two such changes at the same time the later undoes the earlier, in `serial_cart`.
"""

from __future__ import annotations

from datetime import timedelta

from restate import ObjectContext, ObjectSharedContext

from services import user_session
from services.app import app
from services.schema import Message
from services.serde import Json
from services.user_session import Seat

__all__ = ["app"]


class Whole(Message):
    cart: list[Seat]


@user_session.service.handler(input_serde=Json(Whole), ingress_private=True)
async def put_cart(ctx: ObjectContext, request: Whole) -> None:
    user_session.keep(ctx, await user_session.load(ctx), cart=request.cart)


async def remove_from_cart(ctx: ObjectSharedContext, seat: Seat) -> None:
    session = await user_session.load(ctx)
    await ctx.sleep(timedelta(milliseconds=50))  # as long as anything takes that is asked in between
    await ctx.object_call(put_cart, ctx.key(), Whole(cart=[each for each in session.cart if each != seat]))


handler = user_session.service.handlers["remove_from_cart"]
handler.kind = "shared"
handler.fn = remove_from_cart
