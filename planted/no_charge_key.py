"""Bug: every attempt to charge carries a fresh idempotency key, so an attempt whose answer was lost charges again.

Caught by exactly_once_charge: two captures for one order as soon as an attempt is repeated after it took effect, as in
`charge_window_kill` (held after the capture, then the endpoint dies).
"""

from __future__ import annotations

import uuid

from services import payment
from services.app import app

__all__ = ["app"]

_charge = payment.charge


async def charge(*, key: str, request: payment.ChargeRequest, deadline_ms: int) -> payment.Charge:
    return await _charge(key=f"{key}:{uuid.uuid4()}", request=request, deadline_ms=deadline_ms)


payment.charge = charge
