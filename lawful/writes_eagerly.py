"""Lawful: state is written by every exclusive call, also where it is as it was before."""

from __future__ import annotations

from restate import ObjectContext

from services import notifications, seat_map, ticket, user_session
from services.app import app
from services.notifications import INBOX, MarkRead
from services.seat import Seat
from services.user_session import SESSION

__all__ = ["app"]

_keep = ticket.keep
_mark_read = notifications.mark_read
_remove = user_session.remove_from_cart
_set_seat = seat_map.set_seat


def keep(ctx: ObjectContext, before: Seat, after: Seat) -> Seat:
    if after == before:
        ticket.SEAT.write(ctx, after)
    return _keep(ctx, before, after)


async def mark_read(ctx: ObjectContext, request: MarkRead) -> None:
    INBOX.write(ctx, await notifications.load(ctx))
    await _mark_read(ctx, request)


async def remove_from_cart(ctx: ObjectContext, seat: user_session.Seat) -> None:
    SESSION.write(ctx, await user_session.load(ctx))
    await _remove(ctx, seat)


async def set_seat(ctx: ObjectContext, change: seat_map.Change) -> None:
    seat_map.MAP.write(ctx, await seat_map.load(ctx))
    await _set_seat(ctx, change)


ticket.keep = keep
notifications.service.handlers["mark_read"].fn = mark_read
user_session.service.handlers["remove_from_cart"].fn = remove_from_cart
seat_map.service.handlers["set"].fn = set_seat
