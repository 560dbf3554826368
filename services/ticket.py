"""Ticket, the one truth about a seat: an object per event and seat, so all who want the seat stand in one queue."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from restate import ObjectContext, ObjectSharedContext, VirtualObject

from services import logs, seat, seat_map
from services.schema import HoldMs, Message, Name, Nothing, OrderId, Round, SeatStatus, TicketKey, Version
from services.seat import Seat
from services.serde import Json, guard
from services.settings import settings
from services.state import Kept, Versioned

log = logs.logger(__name__)
service = VirtualObject("Ticket", invocation_context_managers=[guard("ticket", TicketKey)])
SEAT = Kept("ticket", Versioned(Seat))


class Reserve(Message):
    user_id: Name
    order_id: OrderId
    hold_ms: HoldMs | None = None


class Reserved(Message):
    status: Literal["RESERVED"] = "RESERVED"
    expires_at_ms: int
    round: int


class Confirm(Message):
    order_id: OrderId
    round: Round


class Sold(Message):
    status: Literal["SOLD"] = "SOLD"


class Release(Message):
    order_id: OrderId


class Released(Message):
    status: SeatStatus


class Expire(Message):
    hold: Version  # the version of the seat when the hold began


class Reset(Message):
    round: Round


class View(Message):
    """What anybody may see of a seat: not who holds it."""

    status: SeatStatus
    expires_at_ms: int | None
    round: int
    version: int


def key_of(event_id: str, seat_id: str) -> str:
    return f"{event_id}:{seat_id}"


@service.handler(input_serde=Json(Reserve), output_serde=Json(Reserved))
async def reserve(ctx: ObjectContext, request: Reserve) -> Reserved:
    """Holds the seat for an order until it is confirmed, released or the hold ends; repeated, the same answer."""
    now = await load(ctx)
    if not now.is_held_by(request.order_id):
        seat.check_free(now)  # before the clock is read, so that refusing a crowd costs no journal entries
        hold_ms = request.hold_ms or settings().hold_ms
        expires_at_ms = int(await ctx.time() * 1000) + hold_ms
        held = seat.reserve(now, request.user_id, request.order_id, expires_at_ms)
        now = keep(ctx, now, held)
        ctx.object_send(expire, ctx.key(), Expire(hold=now.version), send_delay=timedelta(milliseconds=hold_ms))
    assert now.expires_at_ms is not None
    return Reserved(expires_at_ms=now.expires_at_ms, round=now.round)


@service.handler(input_serde=Json(Confirm), output_serde=Json(Sold), ingress_private=True)
async def confirm(ctx: ObjectContext, request: Confirm) -> Sold:
    """Sells the seat to the order that holds it."""
    now = await load(ctx)
    keep(ctx, now, seat.confirm(now, request.order_id, request.round))
    return Sold()


@service.handler(input_serde=Json(Release), output_serde=Json(Released))
async def release(ctx: ObjectContext, request: Release) -> Released:
    """Ends the hold of this order, if it has one."""
    now = await load(ctx)
    return Released(status=keep(ctx, now, seat.release(now, request.order_id)).status)


@service.handler(input_serde=Json(Expire), ingress_private=True)
async def expire(ctx: ObjectContext, request: Expire) -> None:
    """The hold's own timer, which `reserve` set."""
    now = await load(ctx)
    keep(ctx, now, seat.expire(now, request.hold))


@service.handler(input_serde=Json(Reset), ingress_private=True)
async def reset(ctx: ObjectContext, request: Reset) -> None:
    """Frees the seat for a later round."""
    now = await load(ctx)
    keep(ctx, now, seat.reset(now, request.round))


@service.handler(kind="shared", input_serde=Json(Nothing), output_serde=Json(View))
async def get(ctx: ObjectSharedContext, _: Nothing) -> View:
    """The seat as it is now."""
    now = await load(ctx)
    return View(status=now.status, expires_at_ms=now.expires_at_ms, round=now.round, version=now.version)


async def load(ctx: ObjectContext | ObjectSharedContext) -> Seat:
    """The seat as it stands; one nobody ever touched is available."""
    return await SEAT.read(ctx) or Seat()


def keep(ctx: ObjectContext, before: Seat, after: Seat) -> Seat:
    """Stores a seat that changed and tells the map; returns it."""
    if after != before:
        SEAT.write(ctx, after)
        event_id, _, seat_id = ctx.key().rpartition(":")
        change = seat_map.Change(seat_id=seat_id, status=after.status, round=after.round, version=after.version)
        ctx.object_send(seat_map.set_seat, event_id, change)
        log.info("%s: %s -> %s, version %d", ctx.key(), before.status, after.status, after.version)
    return after
