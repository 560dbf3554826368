"""Bug: a webhook that is not the first of its order is an error instead of a no-op.

Caught by webhooks_are_hints: a call of payment_result failed, as soon as the gateway says a thing twice, as in
`webhook_duplicate`.
"""

from __future__ import annotations

from restate import WorkflowSharedContext

from services import checkout
from services.app import app

__all__ = ["app"]


async def payment_result(ctx: WorkflowSharedContext, _: checkout.PaymentResult) -> None:
    await ctx.promise("payment_result", type_hint=bool).resolve(True)


checkout.service.handlers["payment_result"].fn = payment_result
