"""Lawful: a notification is mailed first and listed then; and mailing is retried by the handler, a run an attempt."""

from __future__ import annotations

from datetime import timedelta

from restate import ObjectContext, TerminalError

from services import mail, notifications, outbound
from services.app import app
from services.notifications import INBOX, LIST_ITEMS, TEXTS, Inbox, Item, Notify
from services.settings import settings

__all__ = ["app"]


async def notify(ctx: ObjectContext, request: Notify) -> None:
    inbox = await notifications.load(ctx)
    if any(item.notification_id == request.notification_id for item in inbox.items):
        return
    subject, body = TEXTS[request.kind]
    message = mail.Mail(to=request.to, subject=subject, body=body.format(order_id=request.order_id))
    key = f"notification:{request.notification_id}"
    wait_ms = float(settings().retry_initial_ms)
    while True:
        options = outbound.retrying(mail.Accepted, max_attempts=1)
        try:
            await ctx.run_typed("mail", mail.send, options, key=key, mail=message)
            break
        except TerminalError as error:
            if error.message.startswith("gateway_refused"):
                raise
            await ctx.sleep(timedelta(milliseconds=wait_ms))
            wait_ms = min(wait_ms * settings().retry_factor, settings().retry_max_ms)
    item = Item(notification_id=request.notification_id, kind=request.kind, order_id=request.order_id)
    INBOX.write(ctx, Inbox(items=[*inbox.items, item][-LIST_ITEMS:]))


notifications.service.handlers["notify"].fn = notify
