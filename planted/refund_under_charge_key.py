"""Bug: a refund is asked for under the key of the charge.

Caught by charges_have_reasons: that key is not a refund's, as in `late_capture`.
"""

from __future__ import annotations

from services import payment
from services.app import app

__all__ = ["app"]

_refund = payment.refund


async def refund(*, key: str, charge_id: str) -> payment.Refunded:
    return await _refund(key=key.replace("refund:", "charge:"), charge_id=charge_id)


payment.refund = refund
