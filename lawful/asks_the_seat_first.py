"""Lawful: an order looks at its seat before it reserves it, and more steps than the contract names are journaled."""

from __future__ import annotations

from restate import RunOptions

from services import checkout, ticket
from services.app import app
from services.orders import Booking
from services.saga import Saga
from services.schema import Nothing

__all__ = ["app"]

_book = checkout.book


async def note() -> str:
    return "noted"


async def book(saga: Saga) -> Booking:
    await saga.ctx.object_call(ticket.get, saga.ticket, Nothing())
    await saga.ctx.run_typed("audit", note, RunOptions(type_hint=str))
    booking = await _book(saga)
    await saga.ctx.run_typed("audit", note, RunOptions(type_hint=str))
    return booking


checkout.book = book
