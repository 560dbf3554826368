"""Bug: the seat is confirmed before the money is asked for, and a sold seat is never un-sold.

Caught by saga_complete: a seat without a charge, after any payment that was declined, as in `gateway_402`.
"""

from __future__ import annotations

from services import checkout
from services.app import app
from services.orders import Quote
from services.saga import Saga

__all__ = ["app"]

_pay = checkout.pay


async def pay(saga: Saga, quote: Quote, deadline_ms: int) -> str:
    await checkout.confirm(saga, quote.round)
    return await _pay(saga, quote, deadline_ms)


checkout.pay = pay
