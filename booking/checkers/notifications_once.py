"""notifications_once: each confirmed order sent its user exactly one e-mail, and no failed order sent any.

A case is an order whose end is known. Judged by the mailer's ledger: mail key `notification:<order id>`,
or where no header can carry that its SHA-256.

INVALID: no message for a confirmed order, and nothing under way that could still send it; more than one; one to
somebody else; a message for an order that failed, or that only ever reserved its seat.
UNKNOWN: history, invocations or the mailer's ledger incomplete; an order whose end nobody knows; a message missing
while something is under way, or after a rule made the mailer refuse it for good.
"""

from __future__ import annotations

from collections.abc import Iterator

from booking.books import Books, books_of, named
from booking.ledgers import MailerRow
from booking.model.ledgers import notification_key
from booking.orders import Order, at
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "mailer")
KEY = "notification:"


def check(record: Record) -> CheckResult:
    """Counts the messages of every order."""
    evidence = books_of(record)
    rows: dict[str, list[MailerRow]] = {}
    for row in record.ledger("mailer", MailerRow):
        rows.setdefault(row.key or "", []).append(row)
    ended = [order for order in evidence.orders.values() if order.ending in ("confirmed", "failed")]
    orders = evidence.orders | {order_id: Order(order_id) for order_id in evidence.holders}
    findings = [
        finding
        for order in orders.values()
        for finding in _judge(evidence, order, rows.get(notification_key(order.order_id), []))
    ]
    ours = {notification_key(order_id) for order_id in orders} | {key for key in rows if key.startswith(KEY)}
    messages = sum(row.effect == "message" for key in ours for row in rows.get(key, []))
    return conclude(
        evidence,
        "notifications_once",
        needs=NEEDS,
        cases=len(ended),
        summary=f"{messages} messages for {sum(order.ending == 'confirmed' for order in ended)} confirmed orders",
        findings=findings,
        details={"messages": messages},
    )


def _judge(evidence: Books, order: Order, rows: list[MailerRow]) -> Iterator[Finding]:
    messages = [row for row in rows if row.effect == "message"]
    numbers = tuple(row.row for row in messages)
    if len(messages) > 1:
        yield invalid(f"{len(messages)} messages were sent", ledger_rows=numbers, **at(order))
    if order.ending == "confirmed":
        yield from _told(evidence, order, rows, messages)
    elif messages and order.ending == "failed":
        yield invalid(f"sent, but the order failed ({order.failure_code})", ledger_rows=numbers, **at(order))
    elif messages and order.order_id in evidence.holders and evidence.has(*NEEDS):
        yield invalid("sent, but nobody asked to check out this order", ledger_rows=numbers, **at(order))
    elif order.ending in ("open", "unknown") and evidence.has(*NEEDS) and order.order_id not in evidence.holders:
        yield unknown("nobody knows how the order ended", ledger_rows=numbers, **at(order))


def _told(evidence: Books, order: Order, rows: list[MailerRow], messages: list[MailerRow]) -> Iterator[Finding]:
    user = order.input.get("user_id")
    for message in messages:
        if user and message.to and message.to != user:
            yield invalid(f"the message went to {message.to}, not to {user}", ledger_rows=(message.row,), **at(order))
    if messages or not evidence.has("mailer", "invocations"):
        return
    if moving := evidence.moving_for(order.order_id):
        yield unknown(f"no message yet; not at rest: {named(moving)}", **at(order))
    elif refused := tuple(row.row for row in rows if _refused_by_rule(row)):
        yield unknown("no message: a rule made the mailer refuse it", ledger_rows=refused, **at(order))
    elif strays := _under_other_keys(evidence, order):
        why = f"no message under its key, {len(strays)} under keys of their own, which protect from no repetition"
        yield invalid(why, ledger_rows=strays, **at(order))
    else:
        yield invalid("confirmed, but no message was ever sent", **at(order))


def _under_other_keys(evidence: Books, order: Order) -> tuple[int, ...]:
    """Messages that seem to be meant for an order."""
    return tuple(
        row.row
        for row in evidence.record.ledger("mailer", MailerRow)
        if row.effect == "message" and order.order_id in (row.key or "")
    )


def _refused_by_rule(row: MailerRow) -> bool:
    """Refused for good: not 429, which asks to come again."""
    return row.rule_id is not None and row.status is not None and 400 <= row.status < 500 and row.status != 429
