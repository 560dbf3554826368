"""Lawful: steps that do not depend on each other come in another order, and some are taken more than once.

The event is asked before the order is registered, the register is told after the inbox, and waited for.
"""

from __future__ import annotations

from typing import Any

from restate.server_context import ServerInvocationContext

from services import event, notifications, orders
from services.app import app
from services.schema import Nothing

__all__ = ["app"]

_object_call = ServerInvocationContext.object_call
_object_send = ServerInvocationContext.object_send
LATER: dict[str, tuple[Any, ...]] = {}


def object_call(self: ServerInvocationContext, handler: Any, key: str, arg: Any, *args: Any, **more: Any) -> Any:
    return _asked(self, key, arg) if handler is orders.place else _object_call(self, handler, key, arg, *args, **more)


async def _asked(ctx: ServerInvocationContext, order_id: str, place: orders.Place) -> orders.Placed:
    await _object_call(ctx, event.get, place.event_id, Nothing())
    return await _object_call(ctx, orders.place, order_id, place)


def object_send(self: ServerInvocationContext, handler: Any, key: str, arg: Any, *args: Any, **more: Any) -> Any:
    if handler is orders.settle:
        LATER[key] = (handler, key, arg)
        return None
    sent = _object_send(self, handler, key, arg, *args, **more)
    if handler is notifications.notify:
        _object_send(self, *LATER.pop(arg.order_id))
    return sent


ServerInvocationContext.object_call = object_call  # type: ignore[method-assign]
ServerInvocationContext.object_send = object_send  # type: ignore[method-assign]
