"""Bug: a mail that was refused for good is forgotten; nothing that a person looks at says so.

Caught by notifications_once: a confirmed order whose message was refused, and whose notification looks like any other,
as in `mail_refused`.
"""

from __future__ import annotations

from restate import ObjectContext, ObjectSharedContext

from services import notifications
from services.app import app
from services.notifications import Inbox

__all__ = ["app"]

_load = notifications.load


async def load(ctx: ObjectContext | ObjectSharedContext) -> Inbox:
    inbox = await _load(ctx)
    return Inbox(items=[item.model_copy(update={"mail": None}) for item in inbox.items])


notifications.load = load
