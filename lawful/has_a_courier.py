"""Lawful: the notification is handed to a private helper service, which takes it to the user's inbox."""

from __future__ import annotations

from typing import Any

import restate
from restate import Context, Service
from restate.server_context import ServerInvocationContext

from services import notifications
from services.app import SERVICES
from services.serde import Json
from services.settings import settings

service = Service("Courier", ingress_private=True)
_object_send = ServerInvocationContext.object_send


@service.handler(input_serde=Json(notifications.Notify))
async def deliver(ctx: Context, note: notifications.Notify) -> None:
    _object_send(ctx, notifications.notify, note.to, note)  # type: ignore[arg-type]


def object_send(self: ServerInvocationContext, handler: Any, key: str, arg: Any, *args: Any, **more: Any) -> Any:
    if handler is notifications.notify:
        return self.service_send(deliver, arg)
    return _object_send(self, handler, key, arg, *args, **more)


ServerInvocationContext.object_send = object_send  # type: ignore[method-assign]
app = restate.app(services=[*SERVICES, service], identity_keys=list(settings().identity_keys))
