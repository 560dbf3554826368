"""Lawful: compensations are retried by the workflow, each attempt a run of its own, with a durable sleep between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from restate import TerminalError

from services import outbound, payment, undo
from services.app import app
from services.saga import Saga
from services.settings import settings

__all__ = ["app"]


async def patiently(saga: Saga, attempt: Callable[[], Awaitable[str]]) -> str:
    wait_ms = float(settings().retry_initial_ms)
    for _ in range(settings().compensation_attempts - 1):
        try:
            return await attempt()
        except TerminalError:
            await saga.ctx.sleep(timedelta(milliseconds=wait_ms))
            wait_ms = min(wait_ms * settings().retry_factor, settings().retry_max_ms)
    return await attempt()


async def void(saga: Saga) -> str:
    async def attempt() -> str:
        options = outbound.retrying(payment.Voided, max_attempts=1)
        return (await saga.ctx.run_typed("void", payment.void, options, key=saga.charge_key)).outcome

    return await patiently(saga, attempt)


async def refund(saga: Saga) -> str:
    charge_id = saga.progress.charge_id
    assert charge_id

    async def attempt() -> str:
        options = outbound.retrying(payment.Refunded, max_attempts=1)
        key = f"refund:{saga.order_id}"
        done = await saga.ctx.run_typed("refund", payment.refund, options, key=key, charge_id=charge_id)
        return done.refund_id or "already refunded"

    return await patiently(saga, attempt)


undo.COMPENSATE |= {"void": void, "refund": refund}
