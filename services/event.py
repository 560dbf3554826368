"""Event: what is on sale, at which price, in which round."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from restate import ObjectContext, ObjectSharedContext, VirtualObject

from services import logs, seat_map, ticket
from services.errors import refuse
from services.schema import LIST_ITEMS, Cents, HoldMs, Message, Name, Nothing, Round, SeatId, Stored
from services.serde import Json, guard
from services.settings import settings
from services.state import Fields, Kept, Versioned

log = logs.logger(__name__)
service = VirtualObject("Event", invocation_context_managers=[guard("event_id", Name)])


def _distinct(seats: list[str]) -> list[str]:
    if len(set(seats)) < len(seats):
        raise ValueError("must not repeat a seat")
    return seats


class Open(Message):
    seats: Annotated[list[SeatId], Field(min_length=1, max_length=LIST_ITEMS), AfterValidator(_distinct)]
    price_cents: Cents
    currency: Name
    hold_ms: HoldMs | None = None
    auto_reset: bool | None = None


class Opened(Message):
    event_id: str
    round: int


class Reset(Message):
    round: Round


class InRound(Message):
    round: int


class Terms(Stored):
    """What is on sale; the answer of `get` and the event's state."""

    open: bool = True
    seats: list[str]
    price_cents: int
    currency: str
    hold_ms: int
    auto_reset: bool
    round: int = 1


def hold_in_ms(fields: Fields) -> Fields:
    """Version 1 counted the hold in seconds."""
    return {**fields, "hold_ms": round(fields.pop("hold_s") * 1000)}


TERMS = Kept("event", Versioned(Terms, hold_in_ms))


@service.handler("open", input_serde=Json(Open), output_serde=Json(Opened))
async def open_event(ctx: ObjectContext, request: Open) -> Opened:
    """Puts the event on sale; the same input again changes nothing."""
    wanted = Terms(
        seats=request.seats,
        price_cents=request.price_cents,
        currency=request.currency,
        hold_ms=request.hold_ms or settings().hold_ms,
        auto_reset=bool(request.auto_reset),
    )
    terms = await TERMS.read(ctx)
    if terms is None:
        await ctx.object_call(
            seat_map.open_map, ctx.key(), seat_map.Open(seats=wanted.seats, auto_reset=wanted.auto_reset)
        )
        TERMS.write(ctx, wanted)
        log.info("%s: opened with %d seats", ctx.key(), len(wanted.seats))
        return Opened(event_id=ctx.key(), round=wanted.round)
    if wanted.model_copy(update={"round": terms.round}) != terms:
        raise refuse("already_open", "the event was opened with other input")
    return Opened(event_id=ctx.key(), round=terms.round)


@service.handler(kind="shared", input_serde=Json(Nothing), output_serde=Json(Terms))
async def get(ctx: ObjectSharedContext, _: Nothing) -> Terms:
    """What is on sale."""
    return await load(ctx)


@service.handler(input_serde=Json(Reset), output_serde=Json(InRound))
async def reset(ctx: ObjectContext, request: Reset) -> InRound:
    """Ends the current round: every seat is free in the next. Of another round a no-op, so that none is skipped."""
    terms = await load(ctx)
    if request.round != terms.round:
        return InRound(round=terms.round)
    terms = terms.model_copy(update={"round": terms.round + 1})
    TERMS.write(ctx, terms)
    ctx.object_send(seat_map.advance, ctx.key(), seat_map.Advance(round=terms.round))
    for seat_id in terms.seats:
        ctx.object_send(ticket.reset, ticket.key_of(ctx.key(), seat_id), ticket.Reset(round=terms.round))
    log.info("%s: round %d begins", ctx.key(), terms.round)
    return InRound(round=terms.round)


async def load(ctx: ObjectContext | ObjectSharedContext) -> Terms:
    """The event's terms. Raises 404 if it was never opened."""
    terms = await TERMS.read(ctx)
    if terms is None:
        raise refuse("unknown_event", "no event of this id was opened")
    return terms
