"""Bug: the first event's price is remembered by the process, and charged for every event.

Caught by charges_have_reasons: another amount and currency than the event's, as in `two_events`.
"""

from __future__ import annotations

from services import checkout
from services.app import app
from services.orders import Quote
from services.saga import Saga

__all__ = ["app"]

_pay = checkout.pay
first: list[Quote] = []


async def pay(saga: Saga, quote: Quote, deadline_ms: int) -> str:
    first.append(quote)
    return await _pay(saga, first[0], deadline_ms)


checkout.pay = pay
