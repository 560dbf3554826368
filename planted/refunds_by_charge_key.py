"""Bug: a refund goes under the key of its charge, for which the gateway refuses it.

Caught by exactly_once_charge: the gateway itself calls the request wrong that should give the money back, as in
`late_capture`.
"""

from __future__ import annotations

from services import payment
from services.app import app

__all__ = ["app"]

_refund = payment.refund


async def refund(*, key: str, charge_id: str) -> payment.Refunded:
    return await _refund(key=key.replace("refund:", "charge:", 1), charge_id=charge_id)


payment.refund = refund
