"""Bug: the price goes through a float on its way to the gateway, and is cut to whole cents: 19.99 becomes 19.98.

Caught by charges_have_reasons: another amount than the event's, as in `two_events`.
"""

from __future__ import annotations

from services import payment
from services.app import app

__all__ = ["app"]

_charge = payment.charge


async def charge(*, key: str, request: payment.ChargeRequest, deadline_ms: int) -> payment.Charge:
    euros = request.amount_cents / 100
    cut = request.model_copy(update={"amount_cents": int(euros * 100)})
    return await _charge(key=key, request=cut, deadline_ms=deadline_ms)


payment.charge = charge
