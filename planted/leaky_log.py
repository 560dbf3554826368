"""Bug: the payment token is written to the log, to see what is charged.

Caught by no_secret_leaks: a secret in an endpoint's log, after any payment, as in `baseline`.
"""

from __future__ import annotations

import logging

from services import payment
from services.app import app

__all__ = ["app"]

_charge = payment.charge
log = logging.getLogger(__name__)


async def charge(*, key: str, request: payment.ChargeRequest, deadline_ms: int) -> payment.Charge:
    log.info("charging %s with %s", request.order_id, request.payment_token)
    return await _charge(key=key, request=request, deadline_ms=deadline_ms)


payment.charge = charge
