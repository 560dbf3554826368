"""inboxes_follow_contract: an inbox lists what its user was notified of, once, and as read what its user marked.

A case is a look at an inbox. How an app keeps an inbox is its own affair: this is judged by calls and answers, in any
order that the history and the states leave open.

INVALID: an item that no notification sent, or with another kind or order; one that is listed twice; one that is missing
though its notification had surely come; one that stands as read and nobody had marked it; one that stands as unread
though it was listed when marking it was asked for, and answered; a number of unread ones that is not theirs; an item of
an order that failed, and at the end none of one that was confirmed; a sound notification that was refused.
UNKNOWN: history, invocations or journal incomplete; a last look that was not had.
Silent: inboxes of which not everything is known; an inbox as long as a list may be, which forgets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from booking.model.clause import Clause
from booking.model.inbox import INBOX, MARKS, MOST_ITEMS, NOTIFIES, SHOWS, UNMAILED, Item, is_of, items, named
from booking.objects import Objects, objects_of
from booking.precedence import Deed, deeds, last_look, precedes
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal")
KNOWN = frozenset({"notify", "mark_read", "get"})
ONE_EACH = Clause(
    INBOX, "A confirmed order sends one: notification_id = order_id, kind `booking_confirmed`, to = user_id"
)
NONE_FAILED = Clause(INBOX, "A failed order sends none")


def expected(record: Record) -> bool:
    """Whether anybody was notified, or looked, and Restate was not made to forget."""
    objects = objects_of(record)
    return bool(objects.keys("Notifications")) and not objects.forgot


def check(record: Record) -> CheckResult:
    """Goes through every inbox, look by look."""
    objects = objects_of(record)
    whole = [key for key in objects.keys("Notifications") if objects.is_whole("Notifications", key)]
    inboxes = [Inbox(objects, key) for key in whole] if objects.books.has(*NEEDS) else []
    findings = [finding for inbox in inboxes for finding in _judge(inbox)]
    looks = sum(len(inbox.looks) for inbox in inboxes)
    return conclude(
        objects.books,
        "inboxes_follow_contract",
        needs=NEEDS,
        cases=looks + sum(len(inbox.notified) for inbox in inboxes),
        summary=f"{len(inboxes)} inboxes, {looks} looks explained",
        findings=findings,
    )


class Inbox:
    """One inbox: what was done to it, and what each look listed."""

    def __init__(self, objects: Objects, key: str) -> None:
        self.objects, self.key = objects, key
        done = deeds(objects, "Notifications", key)
        self.notified = [each for each in done if each.call.handler == "notify"]
        self.marks = [each for each in done if each.call.handler == "mark_read" and each.possible]
        self.own_ways = any(each.call.handler not in KNOWN and each.wrote for each in done)
        self.final = last_look(objects, f"Notifications/{key}/get")
        self.looks = [each for each in done if each.call.handler == "get" and each.sure]
        self.looks += [self.final] if self.final else []
        self.listed = [(look, {item.notification_id for item in items(look.answer.value) or ()}) for look in self.looks]

    def was_listed(self, notification: str, mark: Deed) -> bool:
        """Whether it was surely there when marking it was asked for."""
        if any(notification in listed and precedes(look, mark) for look, listed in self.listed):
            return True
        sure = (each for each in self.notified if each.sure and named(each.call.input) == notification)
        return any(precedes(each, mark) for each in sure)


def _judge(inbox: Inbox) -> Iterator[Finding]:
    for deed in inbox.notified:
        sound = deed.call.is_plain("notification_id", "kind", "order_id", "to")
        if deed.answer.kind == "refused" and deed.answer.code != UNMAILED and sound:
            yield _wrong(
                inbox, NOTIFIES, f"a notification was refused with {deed.answer}", deed, named(deed.call.input)
            )
    for look in inbox.looks:
        listed = items(look.answer.value)
        if listed is None:
            yield _wrong(inbox, SHOWS, f"a look was answered {str(look.answer.value)[:200]}", look)
            continue
        yield from _sent(inbox, look, listed)
        yield from _marked(inbox, look, listed)
        unread, said = sum(not item.read for item in listed), look.answer.field("unread")
        if said != unread:
            yield _wrong(inbox, SHOWS, f"{unread} are unread, and it says {said}", look)
    yield from _at_the_end(inbox)


def _sent(inbox: Inbox, look: Deed, listed: list[Item]) -> Iterator[Finding]:
    times = Counter(item.notification_id for item in listed)
    for notification, count in times.items():
        if count > 1:
            yield _wrong(inbox, SHOWS, f"listed {count} times", look, notification)
    for item in listed:
        by = [
            each
            for each in inbox.notified
            if (each.possible or each.answer.code == UNMAILED)
            and named(each.call.input) == item.notification_id
            and not precedes(look, each)
        ]
        if not any(is_of(item, each.call.input) for each in by):
            what = "as another kind or order than it was sent with" if by else "and nobody had sent it"
            yield _wrong(inbox, NOTIFIES, f"listed, {what}", look, item.notification_id)
    for each in inbox.notified:
        sent = named(each.call.input)
        if each.sure and sent and not times[sent] and precedes(each, look) and len(listed) < MOST_ITEMS:
            yield _wrong(inbox, NOTIFIES, f"not listed, though it was sent ({each})", look, sent)


def _marked(inbox: Inbox, look: Deed, listed: list[Item]) -> Iterator[Finding]:
    if inbox.own_ways:
        return
    for item in listed:
        mine = [mark for mark in inbox.marks if named(mark.call.input) == item.notification_id]
        if item.read and all(precedes(look, mark) for mark in mine):
            yield _wrong(inbox, MARKS, "it stands as read, and nobody had marked it", look, item.notification_id)
        elif not item.read and any(
            mark.sure and precedes(mark, look) and inbox.was_listed(item.notification_id, mark) for mark in mine
        ):
            yield _wrong(inbox, MARKS, "marked as read, and it stands as unread", look, item.notification_id)


def _at_the_end(inbox: Inbox) -> Iterator[Finding]:
    """An inbox that was read at the end has an item for each order of its user's that was confirmed, and no other."""
    books = inbox.objects.books
    target = f"Notifications/{inbox.key}/get"
    if inbox.final is None:
        if target in books.record.decisions.get("load", {}).get("reads", []):
            yield unknown(f"the inbox of {inbox.key} could not be read at the end")
        return
    listed = {item.notification_id for item in items(inbox.final.answer.value) or ()}
    for notification in sorted(listed):
        if notification in books.orders and books.orders[notification].ending == "failed":
            yield _wrong(inbox, NONE_FAILED, "listed, and the order failed", inbox.final, notification)
    for order in inbox.objects.orders_of.get(inbox.key, []):
        if order.ending == "confirmed" and order.order_id not in listed and len(listed) < MOST_ITEMS:
            yield _wrong(inbox, ONE_EACH, "not listed, and the order is confirmed", inbox.final, order.order_id)


def _wrong(inbox: Inbox, clause: Clause, message: str, deed: Deed, order_id: str | None = None) -> Finding:
    where = deed.act.where if deed.act else {}
    at_ms = deed.operation.ended_at_ms if deed.operation else None
    about = {"clause": str(clause), "call": str(deed)}
    return invalid(f"{inbox.key}: {message}", case=order_id, at_ms=at_ms, **where, details=about)
