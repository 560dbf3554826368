"""Lawful: an order whose webhook does not come in time ends 408, and its money goes back, captured or not.

The contract: captured without a webhook may end CONFIRMED, or 408 with the money back; both are right.
"""

from __future__ import annotations

from datetime import timedelta

import restate

from services import checkout, outbound, payment
from services.app import app
from services.errors import refuse
from services.saga import FATE, Saga
from services.settings import settings

__all__ = ["app"]


async def wait_for_payment(saga: Saga, charge_id: str, deadline_ms: int) -> None:
    ctx = saga.ctx
    now_ms = int(await ctx.time() * 1000)
    left_ms = max(0, min(deadline_ms - now_ms, settings().payment_timeout_s * 1000))
    hint = ctx.promise("payment_result", type_hint=bool).value()
    called_off = ctx.promise("fate", FATE).value()
    time_up = ctx.sleep(timedelta(milliseconds=left_ms))
    first, _ = await restate.select(hint=hint, called_off=called_off, time_up=time_up)
    if first == "called_off":
        raise checkout.cancelled()
    if first == "time_up":
        raise refuse("unpaid", "nobody said in time that the payment succeeded")
    options = outbound.retrying(payment.Outcome)
    question = {"order_id": saga.order_id, "charge_id": charge_id, "deadline_ms": now_ms + left_ms}
    await ctx.run_typed("outcome", payment.outcome, options, **question)


checkout.wait_for_payment = wait_for_payment
