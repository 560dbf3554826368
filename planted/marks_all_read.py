"""Bug: marking one notification as read marks them all.

Caught by inboxes_follow_contract: one that nobody marked stands as read, as in `mark_read`.
"""

from __future__ import annotations

from restate import ObjectContext

from services import notifications
from services.app import app
from services.notifications import INBOX, Inbox, MarkRead, load

__all__ = ["app"]


async def mark_read(ctx: ObjectContext, request: MarkRead) -> None:  # noqa: ARG001 - that is the bug
    inbox = await load(ctx)
    INBOX.write(ctx, Inbox(items=[item.model_copy(update={"read": True}) for item in inbox.items]))


notifications.service.handlers["mark_read"].fn = mark_read
