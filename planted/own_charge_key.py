"""Bug: charges go under a key of the app's own making, the same on every retry.

Caught by charges_have_reasons: no key is the contract's, by which the gateway could be asked, as in `baseline`.
"""

from __future__ import annotations

from services import payment
from services.app import app

__all__ = ["app"]

_charge, _void = payment.charge, payment.void


async def charge(*, key: str, request: payment.ChargeRequest, deadline_ms: int) -> payment.Charge:
    return await _charge(key=f"payment-{key}", request=request, deadline_ms=deadline_ms)


async def void(*, key: str) -> payment.Voided:
    return await _void(key=f"payment-{key}")


payment.charge = charge
payment.void = void
