"""Bug: looking at a seat counts the looks, in state, from a handler that runs beside others.

Caught by shared_never_writes: a shared invocation whose journal sets state, in `shared_reads`.
"""

from __future__ import annotations

from restate import ObjectContext

from services import ticket
from services.app import app
from services.schema import Nothing

__all__ = ["app"]

_get = ticket.service.handlers["get"].fn


async def get(ctx: ObjectContext, nothing: Nothing) -> ticket.View:
    ctx.set("looked", True)
    return await _get(ctx, nothing)


ticket.service.handlers["get"].fn = get
