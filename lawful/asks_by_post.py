"""Lawful: how a pending charge stands is asked by charging once more under the same key, in a run of the same name."""

from __future__ import annotations

from datetime import timedelta

import restate

from services import checkout, outbound, payment
from services.app import app
from services.orders import Quote
from services.outbound import Unclear
from services.saga import FATE, Saga
from services.settings import settings

__all__ = ["app"]


async def captured(*, key: str, request: payment.ChargeRequest, deadline_ms: int) -> payment.Charge:
    charged = await payment.charge(key=key, request=request, deadline_ms=deadline_ms)
    if charged.status == "pending":
        raise Unclear("POST /v1/charges: still pending")
    return charged


async def pay(saga: Saga, quote: Quote, deadline_ms: int) -> str:
    request = payment.ChargeRequest(
        order_id=saga.order_id,
        amount_cents=quote.price_cents,
        currency=quote.currency,
        payment_token=saga.order.payment_token,
        mode=saga.order.payment,
    )
    if request.mode == "webhook":
        url = f"{settings().restate_ingress_url}/Checkout/{saga.order_id}/payment_result"
        request = request.model_copy(update={"webhook_url": url})
    ctx, options = saga.ctx, outbound.retrying(payment.Charge)
    about = {"key": saga.charge_key, "request": request}
    charged = await ctx.run_typed("charge", payment.charge, options, deadline_ms=deadline_ms, **about)
    if charged.status != "pending":
        return charged.charge_id
    now_ms = int(await ctx.time() * 1000)
    last_ms = min(deadline_ms, now_ms + settings().payment_timeout_s * 1000)
    hint = ctx.promise("payment_result", type_hint=bool).value()
    called_off = ctx.promise("fate", FATE).value()
    time_up = ctx.sleep(timedelta(milliseconds=max(0, last_ms - now_ms) * 0.8))
    first, _ = await restate.select(hint=hint, called_off=called_off, time_up=time_up)
    if first == "called_off":
        raise checkout.cancelled()
    return (await ctx.run_typed("charge", captured, options, deadline_ms=last_ms, **about)).charge_id


checkout.pay = pay
