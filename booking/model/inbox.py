"""Notifications: what an inbox lists after it was notified, and after its user marked something as read.

How an app keeps an inbox is its own affair. Left open: the order of the items, and whether one that is marked before it
is listed stands as read later.
"""

from __future__ import annotations

from typing import NamedTuple

from pydantic import JsonValue

from booking.model.clause import Clause

INBOX = "Notifications — object"
NOTIFIES = Clause(INBOX, "`notify` X private `{notification_id, kind, order_id, to}`")
MARKS = Clause(INBOX, "`mark_read` X `{notification_id}`")
SHOWS = Clause(INBOX, "`get` S → `{unread, items: [{notification_id, kind, order_id, read, mail?}]}`")
MOST_ITEMS = 1_000
UNMAILED = "gateway_refused"  # how `notify` ends of whose mail the mailer refused for good: listed all the same


class Item(NamedTuple):
    """One notification as it is listed."""

    notification_id: str
    kind: JsonValue
    order_id: JsonValue
    read: JsonValue


def items(view: JsonValue) -> list[Item] | None:
    """What a look lists; None if that is not of the contract's form."""
    listed = view.get("items") if isinstance(view, dict) else None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        return None
    rows = [each for each in listed if isinstance(each, dict)]
    return [
        Item(str(row.get("notification_id")), row.get("kind"), row.get("order_id"), row.get("read")) for row in rows
    ]


def named(body: JsonValue) -> str | None:
    """The notification that a call is about."""
    value = body.get("notification_id") if isinstance(body, dict) else None
    return value if isinstance(value, str) else None


def is_of(item: Item, body: JsonValue) -> bool:
    """Whether an item says what a notification said."""
    return isinstance(body, dict) and all(body.get(name) == getattr(item, name) for name in ("kind", "order_id"))
