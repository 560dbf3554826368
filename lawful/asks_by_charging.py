"""Lawful: to learn what became of a pending charge it is charged again: the same key never captures twice.

A repeated key is answered with that charge as it stands now, and 402 if it failed.
"""

from __future__ import annotations

import time

from services import payment
from services.app import app
from services.errors import refuse
from services.outbound import Unclear
from services.payment import Charge, ChargeRequest

__all__ = ["app"]

ASKED_LAST_MS = 5_000  # when the time is up it is asked a last time
REQUESTS: dict[str, ChargeRequest] = {}
_charge = payment.charge
_outcome = payment.outcome


async def charge(*, key: str, request: ChargeRequest, deadline_ms: int) -> Charge:
    REQUESTS[request.order_id] = request  # of what this process sent; another asks by GET
    return await _charge(key=key, request=request, deadline_ms=deadline_ms)


async def outcome(*, order_id: str, charge_id: str, deadline_ms: int) -> payment.Outcome:
    request = REQUESTS.get(order_id)
    if request is None:
        return await _outcome(order_id=order_id, charge_id=charge_id, deadline_ms=deadline_ms)
    last = time.time() * 1000 >= deadline_ms
    answered = await _charge(key=f"charge:{order_id}", request=request, deadline_ms=deadline_ms + ASKED_LAST_MS)
    if answered.status == "refunded":
        raise refuse("order_settled", "this order was charged and refunded before")
    if answered.status == "pending":
        raise refuse("unpaid", "still pending") if last else Unclear("POST /v1/charges: still pending")
    return payment.Outcome()


payment.charge = charge
payment.outcome = outcome
