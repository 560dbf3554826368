"""Lawful: nobody tells the map that a round began: it learns so from the first ticket that is in it."""

from __future__ import annotations

from restate import ObjectContext

from services import event, ticket
from services.app import app
from services.event import TERMS, InRound, Reset

__all__ = ["app"]


async def reset(ctx: ObjectContext, request: Reset) -> InRound:
    terms = await event.load(ctx)
    if request.round == terms.round:
        terms = terms.model_copy(update={"round": terms.round + 1})
        for seat_id in reversed(terms.seats):
            ctx.object_send(ticket.reset, ticket.key_of(ctx.key(), seat_id), ticket.Reset(round=terms.round))
        TERMS.write(ctx, terms)
    return InRound(round=terms.round)


event.service.handlers["reset"].fn = reset
