"""Lawful: the map hears of each change a second later. It lags, and it converges."""

from __future__ import annotations

from datetime import timedelta

from restate import ObjectContext

from services import seat_map, ticket
from services.app import app
from services.seat import Seat

__all__ = ["app"]

LAG = timedelta(seconds=1)


def keep(ctx: ObjectContext, before: Seat, after: Seat) -> Seat:
    if after != before:
        ticket.SEAT.write(ctx, after)
        event_id, _, seat_id = ctx.key().rpartition(":")
        change = seat_map.Change(seat_id=seat_id, status=after.status, round=after.round, version=after.version)
        ctx.object_send(seat_map.set_seat, event_id, change, send_delay=LAG)
    return after


ticket.keep = keep
