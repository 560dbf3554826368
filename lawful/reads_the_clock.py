"""Lawful: a hold whose time is up counts for nothing at once, before its timer comes: it is taken, sold or shown so."""

from __future__ import annotations

from datetime import timedelta

from restate import ObjectContext, ObjectSharedContext

from services import seat as seats
from services import ticket
from services.app import app
from services.seat import Seat
from services.settings import settings

__all__ = ["app"]


async def as_of_now(ctx: ObjectContext | ObjectSharedContext, seat: Seat) -> Seat:
    """The seat, free if its hold is over; what is stored stays as it is until something changes."""
    over = seat.expires_at_ms is not None and seat.expires_at_ms <= await ctx.time() * 1000
    return Seat(round=seat.round, version=seat.version) if over and seat.status == "RESERVED" else seat


async def reserve(ctx: ObjectContext, request: ticket.Reserve) -> ticket.Reserved:
    stored = await ticket.load(ctx)
    now = await as_of_now(ctx, stored)
    if not now.is_held_by(request.order_id):
        hold_ms = request.hold_ms or settings().hold_ms
        ends_at_ms = int(await ctx.time() * 1000) + hold_ms
        now = ticket.keep(ctx, stored, seats.reserve(now, request.user_id, request.order_id, ends_at_ms))
        own = ticket.Expire(hold=now.version)
        ctx.object_send(ticket.expire, ctx.key(), own, send_delay=timedelta(milliseconds=hold_ms))
    assert now.expires_at_ms is not None
    return ticket.Reserved(expires_at_ms=now.expires_at_ms, round=now.round)


async def confirm(ctx: ObjectContext, request: ticket.Confirm) -> ticket.Sold:
    stored = await ticket.load(ctx)
    sold = seats.confirm(await as_of_now(ctx, stored), request.order_id, request.round)
    ticket.keep(ctx, stored, sold)
    return ticket.Sold()


async def get(ctx: ObjectSharedContext, _: ticket.Nothing) -> ticket.View:
    now = await as_of_now(ctx, await ticket.load(ctx))
    return ticket.View(status=now.status, expires_at_ms=now.expires_at_ms, round=now.round, version=now.version)


for name, fn in {"reserve": reserve, "confirm": confirm, "get": get}.items():
    ticket.service.handlers[name].fn = fn
