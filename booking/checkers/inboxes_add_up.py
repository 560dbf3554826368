"""inboxes_add_up: an inbox lists each confirmed order once, unread until its user marks it, and read from then on.

A case is a user who saw a notification and marked it as read.

INVALID: a confirmed order that is not listed, or listed twice; one listed that was never confirmed; one that stands as
unread though it was listed when marking it was asked for and answered; one that stands as read, then or at an earlier
look, before anybody had marked it; a number of unread ones that is not theirs.
UNKNOWN: history, invocations or journal incomplete; the inbox could not be read at the end, or while something moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pydantic import JsonValue

from booking.books import Books, books_of
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.history import Operation
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal")


def expected(record: Record) -> bool:
    """Whether a notification was marked as read."""
    return bool(_marks(books_of(record)))


def check(record: Record) -> CheckResult:
    """Holds every inbox against the orders of its user, and what they marked."""
    evidence = books_of(record)
    inboxes = [Inbox(evidence, user) for user in sorted({mark.key for mark in _marks(evidence)})]
    tried = [inbox for inbox in inboxes if inbox.marked]
    return conclude(
        evidence,
        "inboxes_add_up",
        needs=NEEDS,
        cases=len(tried),
        summary=f"{len(tried)} inboxes, {sum(len(inbox.marked) for inbox in tried)} notifications marked as read",
        findings=[finding for inbox in inboxes for finding in _judge(evidence, inbox)],
    )


def _marks(evidence: Books) -> list[Operation]:
    return [each for each in evidence.load if (each.service, each.handler) == ("Notifications", "mark_read")]


class Inbox:
    """What a user did with their inbox, by notification id; an answer that never came may have been a yes.

    `asked` to be marked, and when (the history's `seq`); `marked`, since it was listed when that was asked and
    answered; `looks` before the end: when each was answered, and what it listed.
    """

    def __init__(self, evidence: Books, user: str) -> None:
        self.user = user
        target = f"Notifications/{user}/get"
        looks = [each for each in evidence.load if (each.target, each.conclusion) == (target, "ok")]
        self.looks = [(_answered(look), _items(look.output)) for look in looks]
        marks = [mark for mark in _marks(evidence) if mark.key == user]
        self.asked = {_meant(mark): mark.events[0].seq for mark in reversed(marks)}
        self.marked = {
            _meant(mark)
            for mark in marks
            for seq, items in self.looks
            if mark.conclusion == "ok" and seq < mark.events[0].seq and _meant(mark) in dict(items)
        }
        self.view = evidence.record.meta.views.get(target)


def _meant(mark: Operation) -> str:
    """The notification that was to be marked."""
    return str(mark.input.get("notification_id")) if isinstance(mark.input, dict) else ""


def _answered(look: Operation) -> int:
    return next(event.seq for event in look.events if event.type in ("ok", "resolve"))


def _judge(evidence: Books, inbox: Inbox) -> Iterator[Finding]:
    if not isinstance(inbox.view, dict) or "items" not in inbox.view:
        yield unknown(f"the inbox of {inbox.user} could not be read at the end")
    elif not evidence.at_rest:
        yield unknown(f"the inbox of {inbox.user} was read while something was under way")
    elif evidence.has(*NEEDS):
        yield from _listed(evidence, inbox.user, _items(inbox.view))
        yield from _at_the_end(inbox, inbox.view)
    for seq, items in inbox.looks:
        for notification, read in items:
            if read and inbox.asked.get(notification, seq) >= seq:
                yield invalid(f"{inbox.user}: it was read before anybody marked it", case=notification)


def _items(view: JsonValue) -> list[tuple[str, bool]]:
    """What an inbox lists: notification id, and whether it is read."""
    items = view.get("items") if isinstance(view, dict) else None
    rows = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return [(str(row.get("notification_id")), row.get("read") is True) for row in rows]


def _listed(evidence: Books, user: str, items: list[tuple[str, bool]]) -> Iterator[Finding]:
    times = Counter(notification for notification, _ in items)
    confirmed = {
        order.order_id
        for order in evidence.orders.values()
        if order.ending == "confirmed" and order.input.get("user_id") == user
    }
    for order_id in sorted(confirmed | times.keys()):
        if times[order_id] != (order_id in confirmed):
            is_not = "" if order_id in confirmed else "not "
            yield invalid(f"{user}: listed {times[order_id]} times, and {is_not}confirmed", case=order_id)


def _at_the_end(inbox: Inbox, view: dict[str, JsonValue]) -> Iterator[Finding]:
    items = _items(view)
    for notification, read in items:
        if notification in inbox.marked and not read:
            yield invalid(f"{inbox.user}: marked as read, and stands as unread", case=notification)
        if read and notification not in inbox.asked:
            yield invalid(f"{inbox.user}: nobody marked it, and it stands as read", case=notification)
    unread = sum(not read for _, read in items)
    if view.get("unread") != unread:
        yield invalid(f"{inbox.user}: {unread} are unread, and it says {view.get('unread')}")
