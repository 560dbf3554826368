"""Notifications: what a user was told, each of it once in the list and once by e-mail."""

from __future__ import annotations

from typing import Literal

from restate import ObjectContext, ObjectSharedContext, TerminalError, VirtualObject

from services import logs, mail, outbound
from services.schema import LIST_ITEMS, Message, Name, Nothing, OrderId, Stored
from services.serde import Json, guard
from services.state import Kept, Versioned

log = logs.logger(__name__)
service = VirtualObject("Notifications", invocation_context_managers=[guard("user_id", Name)])

Kind = Literal["booking_confirmed"]
TEXTS: dict[Kind, tuple[str, str]] = {
    "booking_confirmed": ("Your booking is confirmed", "Your seat is booked. Order {order_id}"),
}


class Notify(Message):
    notification_id: Name
    kind: Kind
    order_id: OrderId
    to: Name


class MarkRead(Message):
    notification_id: Name


class Item(Stored):
    notification_id: str
    kind: Kind
    order_id: str
    read: bool = False
    mail: Literal["failed"] | None = None  # failed: it will not be mailed, and a person must see to it


class Inbox(Stored):
    """The user's newest notifications, oldest first; the state, and with `unread` the answer of `get`."""

    items: list[Item] = []


class View(Message):
    unread: int
    items: list[Item]


INBOX = Kept("inbox", Versioned(Inbox))


@service.handler(input_serde=Json(Notify), ingress_private=True)
async def notify(ctx: ObjectContext, request: Notify) -> None:
    """Lists the notification and mails it, unless it is listed already.

    A mail that is refused for good (or whose sending an operator ended) fails the invocation, and the list says so: the
    booking stands, and nobody waits for this to tell.
    """
    inbox = await load(ctx)
    if any(item.notification_id == request.notification_id for item in inbox.items):
        return
    item = Item(notification_id=request.notification_id, kind=request.kind, order_id=request.order_id)
    items = [*inbox.items, item][-LIST_ITEMS:]
    INBOX.write(ctx, Inbox(items=items))
    subject, body = TEXTS[request.kind]
    try:
        await ctx.run_typed(
            "mail",
            mail.send,
            outbound.retrying(mail.Accepted),
            key=f"notification:{request.notification_id}",
            mail=mail.Mail(to=request.to, subject=subject, body=body.format(order_id=request.order_id)),
        )
    except TerminalError as error:
        INBOX.write(ctx, Inbox(items=[*items[:-1], item.model_copy(update={"mail": "failed"})]))
        log.warning("%s of order %s needs a person: %s", request.kind, request.order_id, error.message)
        raise
    log.info("%s mailed", request.kind)


@service.handler(input_serde=Json(MarkRead))
async def mark_read(ctx: ObjectContext, request: MarkRead) -> None:
    """Marks a notification as read; one that is not listed is no error."""
    inbox = await load(ctx)
    items = [
        item.model_copy(update={"read": item.read or item.notification_id == request.notification_id})
        for item in inbox.items
    ]
    if items != inbox.items:
        INBOX.write(ctx, Inbox(items=items))


@service.handler(kind="shared", input_serde=Json(Nothing), output_serde=Json(View))
async def get(ctx: ObjectSharedContext, _: Nothing) -> View:
    """The user's notifications."""
    inbox = await load(ctx)
    return View(unread=sum(not item.read for item in inbox.items), items=inbox.items)


async def load(ctx: ObjectContext | ObjectSharedContext) -> Inbox:
    return await INBOX.read(ctx) or Inbox()
