"""SeatMap, the view of an event's seats: it hears of every change from the tickets, lags behind them and converges."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import Field
from restate import ObjectContext, ObjectSharedContext, VirtualObject

from services import logs
from services.errors import refuse
from services.schema import LIST_ITEMS, Message, Name, Nothing, Round, SeatId, SeatStatus, Stored, Version
from services.serde import Json, guard
from services.state import Fields, Kept, Versioned

log = logs.logger(__name__)
service = VirtualObject("SeatMap", invocation_context_managers=[guard("event_id", Name)])


class Change(Message):
    seat_id: SeatId
    status: SeatStatus
    round: Round
    version: Version


class Open(Message):
    seats: Annotated[list[SeatId], Field(min_length=1, max_length=LIST_ITEMS)]
    auto_reset: bool


class Advance(Message):
    round: Round


class View(Message):
    round: int
    seats: dict[str, SeatStatus]


class Seen(Stored):
    """The newest a ticket said about itself."""

    status: SeatStatus
    round: int
    version: int


class SeatMap(Stored):
    """All that is known of an event. Tickets may speak before the event is opened: until then every seat is kept."""

    listed: list[str] = []
    auto_reset: bool = False
    round: int = 1
    seen: dict[str, Seen] = {}

    def status(self, seat_id: str) -> SeatStatus:
        """A seat not heard of in this round is free: the round began so."""
        seen = self.seen.get(seat_id)
        return seen.status if seen and seen.round == self.round else "AVAILABLE"

    def sold_out(self) -> bool:
        return bool(self.listed) and all(self.status(seat_id) == "SOLD" for seat_id in self.listed)

    def told(self, change: Change) -> SeatMap:
        """The map after a change; itself if that is no news, or of a seat the event does not have."""
        ours = change.seat_id in (self.listed or self.seen) or (not self.listed and len(self.seen) < LIST_ITEMS)
        if not ours or not is_newer(change, self.seen.get(change.seat_id)):
            return self
        seen = Seen(status=change.status, round=change.round, version=change.version)
        seats = self.seen | {change.seat_id: seen}
        return self.model_copy(update={"seen": seats, "round": max(self.round, change.round)})


def uncounted(fields: Fields) -> Fields:
    """Version 1, under the key `seats`, kept a count of the seats sold, which could differ from the seats."""
    fields.pop("sold")
    return fields


MAP = Kept("map", Versioned(SeatMap, uncounted), formerly="seats")


def is_newer(change: Change, seen: Seen | None) -> bool:
    """Whether a change happened after what was seen of its seat; changes arrive in any order."""
    return seen is None or (change.round, change.version) > (seen.round, seen.version)


@service.handler("set", input_serde=Json(Change), ingress_private=True)
async def set_seat(ctx: ObjectContext, change: Change) -> None:
    """A ticket says how it is now. The last seat sold asks for the next round, if the event starts over by itself."""
    before = await load(ctx)
    known = before.told(change)
    if known is before:
        return
    MAP.write(ctx, known)
    if known.auto_reset and known.sold_out():
        log.info("%s: round %d is sold out", ctx.key(), known.round)
        over = json.dumps({"round": known.round}).encode()
        ctx.generic_send("Event", "reset", over, key=ctx.key())  # by name: Event imports this module


@service.handler("open", input_serde=Json(Open), ingress_private=True)
async def open_map(ctx: ObjectContext, request: Open) -> None:
    """The event is opened with these seats; of what tickets said before, theirs counts."""
    known = await load(ctx)
    seen = {seat_id: known.seen[seat_id] for seat_id in request.seats if seat_id in known.seen}
    update = {"listed": request.seats, "auto_reset": request.auto_reset, "seen": seen}
    MAP.write(ctx, known.model_copy(update=update))


@service.handler(input_serde=Json(Advance), ingress_private=True)
async def advance(ctx: ObjectContext, request: Advance) -> None:
    """A later round began: every seat is free in it until its ticket says otherwise."""
    known = await load(ctx)
    if request.round > known.round:
        MAP.write(ctx, known.model_copy(update={"round": request.round}))


@service.handler(kind="shared", input_serde=Json(Nothing), output_serde=Json(View))
async def get(ctx: ObjectSharedContext, _: Nothing) -> View:
    """Every seat of the event."""
    known = await load(ctx)
    if not known.listed:
        raise refuse("unknown_event", "no event of this id was opened")
    return View(round=known.round, seats={seat_id: known.status(seat_id) for seat_id in known.listed})


async def load(ctx: ObjectContext | ObjectSharedContext) -> SeatMap:
    return await MAP.read(ctx) or SeatMap()
