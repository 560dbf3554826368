"""Bug: every attempt at a refund carries a fresh idempotency key.

Caught by charges_have_reasons: refunds under keys that are not their order's, as in `late_capture`.
"""

from __future__ import annotations

import uuid

from services import payment
from services.app import app

__all__ = ["app"]

_refund = payment.refund


async def refund(*, key: str, charge_id: str) -> payment.Refunded:
    return await _refund(key=f"{key}:{uuid.uuid4()}", charge_id=charge_id)


payment.refund = refund
