"""notifications_once: each confirmed order sent its user exactly one e-mail, and no failed order sent any.

A case is an order whose end is known. Judged by the mailer's ledger: mail key `notification:<order id>`,
or where no header can carry that its SHA-256.

INVALID: no message for a confirmed order, and nothing under way that could still send it; more than one; one to
somebody else; a message for an order that failed, or that only ever reserved its seat; one that the mailer refused for
good by a rule, or that the plan's operator ended, and of which the user's inbox does not say so.
UNKNOWN: history, invocations or the mailer's ledger incomplete; an order whose end nobody knows; a message missing
while something is under way; one that was refused for good where the inbox was not read, or which says so and the plan
does not expect it (needs_a_person).
"""

from __future__ import annotations

from collections.abc import Iterator

from booking.books import Books, books_of, named
from booking.ledgers import MailerRow
from booking.mails import KEY, is_owned_up_to, mails_of, refused_for_good
from booking.model.ledgers import notification_key
from booking.orders import Order, at
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "mailer")


def check(record: Record) -> CheckResult:
    """Counts the messages of every order."""
    evidence = books_of(record)
    rows = mails_of(record)
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
    elif (refused := refused_for_good(rows)) or order.order_id in evidence.unmailed_by_operator:
        yield from _refused(evidence, order, refused)
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


def _refused(evidence: Books, order: Order, refused: list[MailerRow]) -> Iterator[Finding]:
    """What the mailer does not take, ever, or an operator kept from it, a person must be able to see."""
    who = "the mailer refused it" if refused else "an operator ended its notification"
    record, numbers = evidence.record, tuple(row.row for row in refused)
    said = is_owned_up_to(record, order.input.get("user_id"), order.order_id)
    if said is None:
        yield unknown(f"no message: {who}, and the inbox was not read", ledger_rows=numbers, **at(order))
    elif not said:
        yield invalid(f"no message: {who}, and the inbox does not say so", ledger_rows=numbers, **at(order))
    elif "needs_a_person" not in record.meta.expect.stated:
        yield unknown(f"needs a person: {who}", ledger_rows=numbers, **at(order))
