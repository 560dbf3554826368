"""Bug: the status of an order that failed says that it is confirmed.

Caught by status_agrees: a declined order's status at the end, as in `gateway_402`.
"""

from __future__ import annotations

from restate import WorkflowSharedContext

from services import checkout
from services.app import app
from services.saga import Progress

__all__ = ["app"]

_seen = checkout.seen


async def seen(ctx: WorkflowSharedContext) -> Progress | None:
    progress = await _seen(ctx)
    if progress and progress.stage == "FAILED":
        return progress.model_copy(update={"stage": "CONFIRMED"})
    return progress


checkout.seen = seen
