"""Lawful: a pending charge is asked for again and again, and webhooks are thrown away: a hint may be taken or left."""

from __future__ import annotations

from restate import WorkflowSharedContext

from services import checkout, outbound, payment
from services.app import app
from services.checkout import PaymentResult
from services.saga import Saga
from services.settings import settings

__all__ = ["app"]


async def wait_for_payment(saga: Saga, charge_id: str, deadline_ms: int) -> None:
    now_ms = int(await saga.ctx.time() * 1000)
    deadline_ms = min(deadline_ms, now_ms + settings().payment_timeout_s * 1000)
    options = outbound.retrying(payment.Outcome)
    question = {"order_id": saga.order_id, "charge_id": charge_id, "deadline_ms": deadline_ms}
    await saga.ctx.run_typed("outcome", payment.outcome, options, **question)


async def payment_result(_: WorkflowSharedContext, __: PaymentResult) -> None:
    """Nobody listens."""


checkout.wait_for_payment = wait_for_payment
checkout.service.handlers["payment_result"].fn = payment_result
