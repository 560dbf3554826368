"""Lawful: the workflow asks for its seat again: the holder is answered the same, and a taken seat may have become free.

A seat that another order holds is asked for a second time a moment later, before the order is told so.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from restate import TerminalError
from restate.server_context import ServerInvocationContext

from services import ticket
from services.app import app
from services.errors import code_of

__all__ = ["app"]

AGAIN_AFTER = timedelta(milliseconds=100)
_object_call = ServerInvocationContext.object_call


def object_call(self: ServerInvocationContext, handler: Any, key: str, arg: Any, *args: Any, **more: Any) -> Any:
    if handler is not ticket.reserve:
        return _object_call(self, handler, key, arg, *args, **more)
    return twice(self, key, arg)


async def twice(ctx: ServerInvocationContext, key: str, request: ticket.Reserve) -> ticket.Reserved:
    try:
        await _object_call(ctx, ticket.reserve, key, request)
    except TerminalError as error:
        if code_of(error) != "seat_reserved":
            raise
        await ctx.sleep(AGAIN_AFTER)
    return await _object_call(ctx, ticket.reserve, key, request)


ServerInvocationContext.object_call = object_call  # type: ignore[method-assign]
