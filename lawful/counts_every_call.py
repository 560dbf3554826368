"""Lawful: a seat has a new version after each exclusive call, also where nothing else changed; and versions have gaps.

So a repeated reserve, and a release of what is not held, make new versions too.
"""

from __future__ import annotations

from datetime import timedelta

from restate import ObjectContext

from services import seat as seats
from services import seat_map, ticket
from services.app import app
from services.seat import Seat
from services.settings import settings

__all__ = ["app"]

GAP = 7


def keep(ctx: ObjectContext, before: Seat, after: Seat) -> Seat:
    after = after.model_copy(update={"version": before.version + GAP})
    ticket.SEAT.write(ctx, after)
    event_id, _, seat_id = ctx.key().rpartition(":")
    change = seat_map.Change(seat_id=seat_id, status=after.status, round=after.round, version=after.version)
    ctx.object_send(seat_map.set_seat, event_id, change)
    return after


async def reserve(ctx: ObjectContext, request: ticket.Reserve) -> ticket.Reserved:
    now = await ticket.load(ctx)
    held = now
    if not now.is_held_by(request.order_id):
        seats.check_free(now)
        hold_ms = request.hold_ms or settings().hold_ms
        ends_at_ms = int(await ctx.time() * 1000) + hold_ms
        held = seats.reserve(now, request.user_id, request.order_id, ends_at_ms)
        # The timer names its hold by the end: the version is another one as soon as it is reserved again.
        expire_it = ticket.Expire(hold=ends_at_ms)
        ctx.object_send(ticket.expire, ctx.key(), expire_it, send_delay=timedelta(milliseconds=hold_ms))
    held = keep(ctx, now, held)
    assert held.expires_at_ms is not None
    return ticket.Reserved(expires_at_ms=held.expires_at_ms, round=held.round)


async def expire(ctx: ObjectContext, request: ticket.Expire) -> None:
    now = await ticket.load(ctx)
    own = now.status == "RESERVED" and now.expires_at_ms == request.hold
    keep(ctx, now, Seat(round=now.round) if own else now)


ticket.keep = keep
ticket.service.handlers["reserve"].fn = reserve
ticket.service.handlers["expire"].fn = expire
