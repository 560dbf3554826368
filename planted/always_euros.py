"""Bug: whatever an event's currency is, its price is charged in euros.

Caught by charges_have_reasons: another currency than the event's, as in `two_events`.
"""

from __future__ import annotations

from services import payment
from services.app import app

__all__ = ["app"]

_charge = payment.charge


async def charge(*, key: str, request: payment.ChargeRequest, deadline_ms: int) -> payment.Charge:
    request = request.model_copy(update={"currency": "EUR"})
    return await _charge(key=key, request=request, deadline_ms=deadline_ms)


payment.charge = charge
