"""Bug: an order that has been paid for is confirmed, though somebody called it off meanwhile and was told that it is.

Caught by cancel_is_final: accepted, and the order is confirmed, when a cancel comes between the webhook and the
gateway's answer, as in `webhook_meets_cancel`.
"""

from __future__ import annotations

from services.app import app
from services.saga import Saga

__all__ = ["app"]

_may_confirm = Saga.may_confirm


async def may_confirm(self: Saga, charge_id: str) -> bool:
    await _may_confirm(self, charge_id)
    return True


Saga.may_confirm = may_confirm  # type: ignore[method-assign]
