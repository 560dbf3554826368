"""Lawful: what is safe to repeat is repeated: a charge under its key, a confirm, a void, each in the journal twice."""

from __future__ import annotations

from services import checkout, undo
from services.app import app
from services.orders import Quote
from services.saga import Saga

__all__ = ["app"]

_pay = checkout.pay
_confirm = checkout.confirm
_void = undo.void


async def pay(saga: Saga, quote: Quote, deadline_ms: int) -> str:
    await _pay(saga, quote, deadline_ms)
    return await _pay(saga, quote, deadline_ms)


async def confirm(saga: Saga, round_: int) -> None:
    await _confirm(saga, round_)
    await _confirm(saga, round_)


async def void(saga: Saga) -> str:
    await _void(saga)
    return await _void(saga)


checkout.pay = pay
checkout.confirm = confirm
undo.COMPENSATE["void"] = void
