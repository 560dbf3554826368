"""Bug: whoever says that a payment succeeded is believed, and the gateway is not asked.

Caught by webhooks_are_hints (confirmed, and nobody asked the gateway) and, once what was said is not true, by
exactly_once_charge: confirmed without a capture, as in `forged_webhook`.
"""

from __future__ import annotations

from services import checkout, payment
from services.app import app

__all__ = ["app"]


async def outcome(*, order_id: str, charge_id: str, deadline_ms: int) -> payment.Outcome:  # noqa: ARG001 - not to look
    return payment.Outcome()


checkout.payment.outcome = outcome
