"""Bug: whoever says that a payment succeeded is believed while its order waits, and the gateway is not asked.

Caught by webhooks_are_hints (confirmed, and nobody asked the gateway) and, once what was said is not true, by
exactly_once_charge: confirmed without a capture, as in `forged_webhook`.
"""

from __future__ import annotations

from datetime import timedelta

import restate

from services import checkout
from services.app import app
from services.saga import Saga
from services.settings import settings

__all__ = ["app"]

_wait_for_payment = checkout.wait_for_payment


async def wait_for_payment(saga: Saga, charge_id: str, deadline_ms: int) -> None:
    hint = saga.ctx.promise("payment_result", type_hint=bool).value()
    time_up = saga.ctx.sleep(timedelta(seconds=settings().payment_timeout_s))
    first, _ = await restate.select(hint=hint, time_up=time_up)
    if first == "time_up":
        await _wait_for_payment(saga, charge_id, deadline_ms)


checkout.wait_for_payment = wait_for_payment
