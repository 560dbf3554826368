"""Lawful: an order that waits for its webhook looks whether it was called off when that comes, or the time is up."""

from __future__ import annotations

from datetime import timedelta

import restate

from services import checkout, outbound, payment
from services.app import app
from services.saga import Saga
from services.settings import settings

__all__ = ["app"]


async def wait_for_payment(saga: Saga, charge_id: str, deadline_ms: int) -> None:
    ctx = saga.ctx
    now_ms = int(await ctx.time() * 1000)
    deadline_ms = min(deadline_ms, now_ms + settings().payment_timeout_s * 1000)
    hint = ctx.promise("payment_result", type_hint=bool).value()
    await restate.select(hint=hint, time_up=ctx.sleep(timedelta(milliseconds=max(0, deadline_ms - now_ms))))
    options = outbound.retrying(payment.Outcome)
    question = {"order_id": saga.order_id, "charge_id": charge_id, "deadline_ms": deadline_ms}
    await ctx.run_typed("outcome", payment.outcome, options, **question)


checkout.wait_for_payment = wait_for_payment
