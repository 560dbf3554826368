"""Lawful: carts, orders and notifications are listed newest first, and nothing says that they may not be."""

from __future__ import annotations

from restate import ObjectSharedContext

from services import notifications, user_session
from services.app import app
from services.schema import Nothing

__all__ = ["app"]


async def get(ctx: ObjectSharedContext, _: Nothing) -> user_session.View:
    session = await user_session.load(ctx)
    lists = {name: getattr(session, name)[::-1] for name in ("cart", "current_orders", "past_orders")}
    return user_session.View(**lists)


async def get_inbox(ctx: ObjectSharedContext, _: Nothing) -> notifications.View:
    items = (await notifications.load(ctx)).items[::-1]
    return notifications.View(unread=sum(not item.read for item in items), items=items)


user_session.service.handlers["get"].fn = get
notifications.service.handlers["get"].fn = get_inbox
