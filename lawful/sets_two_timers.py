"""Lawful: a hold sends itself two timers, of which the second finds nothing left to end."""

from __future__ import annotations

from datetime import timedelta

from restate import ObjectContext

from services import ticket
from services.app import app
from services.settings import settings

__all__ = ["app"]

_reserve = ticket.reserve
LATER = timedelta(milliseconds=300)


async def reserve(ctx: ObjectContext, request: ticket.Reserve) -> ticket.Reserved:
    before = await ticket.load(ctx)
    held = await _reserve(ctx, request)
    if not before.is_held_by(request.order_id):
        own = ticket.Expire(hold=before.version + 1)
        delay = timedelta(milliseconds=request.hold_ms or settings().hold_ms) + LATER
        ctx.object_send(ticket.expire, ctx.key(), own, send_delay=delay)
    return held


ticket.service.handlers["reserve"].fn = reserve
