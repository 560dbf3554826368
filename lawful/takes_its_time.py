"""Lawful: an order rests for a moment between any two steps, by a durable timer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from restate import WorkflowContext

from services import checkout, undo
from services.app import app
from services.orders import Quote
from services.saga import Compensation, Saga, Undo

__all__ = ["app"]

_pay = checkout.pay
_confirm = checkout.confirm
_compensate = undo.compensate


async def rest(ctx: WorkflowContext, milliseconds: int = 50) -> Any:
    await ctx.sleep(timedelta(milliseconds=milliseconds))


async def pay(saga: Saga, quote: Quote, deadline_ms: int) -> str:
    await rest(saga.ctx)
    return await _pay(saga, quote, deadline_ms)


async def confirm(saga: Saga, round_: int) -> None:
    await rest(saga.ctx)
    await _confirm(saga, round_)
    await rest(saga.ctx)


async def compensate(saga: Saga, step: Undo) -> Compensation:
    await rest(saga.ctx)
    return await _compensate(saga, step)


checkout.pay = pay
checkout.confirm = confirm
undo.compensate = compensate
