"""Bug: a cancel is answered with accepted, whatever has become of the order.

Caught by cancel_is_final: accepted, and the order is confirmed, when it comes too late, as in `cancel_race`.
"""

from __future__ import annotations

from restate import WorkflowSharedContext

from services import checkout
from services.app import app
from services.saga import Fate, decide
from services.schema import Nothing

__all__ = ["app"]


async def cancel(ctx: WorkflowSharedContext, _: Nothing) -> checkout.Cancelled:
    await decide(ctx, Fate(decision="cancel"))
    return checkout.Cancelled(accepted=True)


checkout.service.handlers["cancel"].fn = cancel
