"""mails_have_reasons: every mail was asked for by one notification or signup, and went to whom that is for.

A case is an attempt to send a message, or a notification that a service asked for.

INVALID: a message under a key that is no notification's or signup's of the run by the contract's rule; one that went
to another address than it was asked for, or whose text names another order; an attempt for a notification whose
journal, whole, shows no run `mail`; a notification of a booking that is not what a confirmed order sends: of an order
that failed or that nobody placed, with another id, order or user, or in another user's inbox.
UNKNOWN: history, invocations, journal or the mailer's ledger incomplete; an attempt for nobody known, from which no
message to anybody known came.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from booking.books import Books, books_of, named
from booking.ledgers import MailerRow
from booking.model import ledgers
from booking.model.checkout import NOTIFICATION, note_differs
from booking.workflows import without_reason
from chaos.checkers.findings import conclude, unknown
from chaos.checkers.invocations import has_rows
from chaos.evidence.journal import Invocation
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal", "mailer")
MESSAGES = "/v1/messages"
BOOKED = "booking_confirmed"


@dataclass
class Wanted:
    """What mails may be sent under one key: to whom, and which invocations asked for them."""

    to: set[str] = field(default_factory=set)  # empty: not known
    orders: set[str] = field(default_factory=set)  # that they may be about
    invocations: list[Invocation] = field(default_factory=list)


def expected(record: Record) -> bool:
    """Whether anything was mailed, as far as is known, or anybody notified."""
    return has_rows(record, "mailer") or bool(_notes(books_of(record)))


def check(record: Record) -> CheckResult:
    """Asks of every message and every notification why it is there."""
    evidence = books_of(record)
    wanted, notes = _wanted(evidence), _notes(evidence)
    rows = [row for row in record.ledger("mailer", MailerRow) if row.path == MESSAGES and row.method == "POST"]
    arrivals = [row for row in rows if row.kind == "arrival"]
    findings: list[Finding] = []
    if evidence.has(*NEEDS):
        findings += [finding for each in notes for finding in _note(evidence, each)]
        findings += [*_asked_for(evidence, wanted, arrivals), *_of_nobody(evidence, wanted, arrivals, rows)]
    findings += [finding for row in rows if row.effect == "message" for finding in _written(evidence, wanted, row)]
    return conclude(
        evidence,
        "mails_have_reasons",
        needs=NEEDS,
        cases=len(arrivals) + len(notes),
        summary=f"{len(arrivals)} attempts under {len({row.key for row in arrivals})} keys, {len(notes)} notifications",
        findings=findings,
    )


def _notes(evidence: Books) -> list[Invocation]:
    wanted = ("Notifications", "notify")
    return [each for each in evidence.invocations.values() if (each.service, each.handler) == wanted]


def _wanted(evidence: Books) -> dict[str, Wanted]:
    """Key → what may be sent under it."""
    wanted: dict[str, Wanted] = {}
    for note in _notes(evidence):
        asked = evidence.input_of(note)
        if asked:
            mail = wanted.setdefault(ledgers.notification_key(str(asked.get("notification_id"))), Wanted())
            mail.to.add(str(asked.get("to")))
            mail.orders.add(str(asked.get("order_id")))
            mail.invocations.append(note)
    for each in evidence.load:
        if (each.service, each.handler) == ("Signup", "run"):
            mail = wanted.setdefault(ledgers.signup_key(each.key), Wanted())
            mail.to |= {str(each.input["email"])} if isinstance(each.input, dict) and "email" in each.input else set()
    for invocation in evidence.invocations.values():
        if (invocation.service, invocation.handler) == ("Signup", "run") and invocation.key:
            mail = wanted.setdefault(ledgers.signup_key(invocation.key), Wanted())
            email = evidence.input_of(invocation).get("email")
            mail.to |= {str(email)} if email else set()
    return wanted


def _note(evidence: Books, note: Invocation) -> Iterator[Finding]:
    """A booking's notification: what a confirmed order sends, and nothing else."""
    asked = evidence.input_of(note)
    if asked.get("kind") != BOOKED:
        return
    order_id = str(asked.get("order_id"))
    order = evidence.orders.get(order_id)
    if order is None:
        if evidence.at_rest:
            what = "notified of an order that nobody placed"
            yield without_reason(ledgers.ONE_EACH, what, **_at(note, order_id))
        return
    if order.ending == "failed":
        what = f"notified of an order that failed ({order.failure_code})"
        yield without_reason(ledgers.NONE_FAILED, what, **_at(note, order_id))
    user_id = order.input.get("user_id")
    for what in note_differs(asked, order_id, user_id):
        yield without_reason(NOTIFICATION, what, **_at(note, order_id))
    if user_id is not None and note.key != user_id:
        what = f"in the inbox of {note.key!r}, not of {user_id!r}"
        yield without_reason(NOTIFICATION, what, **_at(note, order_id))


def _at(note: Invocation, order_id: str) -> dict[str, Any]:
    sources = {"agree": "the order", "dissent": "the notification's journal"}
    return {"case": order_id, "invocation_id": note.id, "journal_index": 0} | sources


def _asked_for(evidence: Books, wanted: dict[str, Wanted], arrivals: list[MailerRow]) -> Iterator[Finding]:
    for arrival in arrivals:
        mail = wanted.get(arrival.key or "")
        if mail is None or not mail.invocations or not all(evidence.is_whole(each) for each in mail.invocations):
            continue
        runs = {entry.name for each in mail.invocations for entry in evidence.entries(each) if entry.type == "Run"}
        if "mail" not in runs:
            what = f"row {arrival.row}: mailed under {arrival.key!r}, and {named(mail.invocations)} has no run mail"
            sources = {"agree": "the journal", "dissent": "the mailer's ledger"}
            yield without_reason(ledgers.MAIL_RUN, what, ledger_rows=(arrival.row,), **sources)


def _of_nobody(
    evidence: Books, wanted: dict[str, Wanted], arrivals: list[MailerRow], rows: list[MailerRow]
) -> Iterator[Finding]:
    """Attempts under keys that nobody's mail has, by who got what was sent."""
    sent = {row.attempt: row.to or "" for row in rows if row.effect == "message"}
    strays: dict[str, list[MailerRow]] = {}
    for arrival in arrivals:
        if (arrival.key or "") not in wanted:
            strays.setdefault(sent.get(arrival.row, ""), []).append(arrival)
    resting = not [each for each in evidence.moving if each.handler != "expire"]
    for to, each in strays.items():
        numbers = tuple(row.row for row in each)
        what = f"row {numbers[0]}: a mail under the key {each[0].key!r}, which no notification or signup has"
        if _is_ours(evidence, to) and resting:
            clause = ledgers.SIGNUP_KEY if (each[0].key or "").startswith("signup:") else ledgers.MAIL_KEY
            sources = {"agree": "notifications and signups", "dissent": "the mailer's ledger"}
            yield without_reason(clause, what, ledger_rows=numbers, **sources)
        else:  # another run on the same stack may have left it behind
            why = "nobody of this run got it" if resting else f"not at rest: {named(evidence.moving)}"
            yield unknown(f"{what}; {why}", ledger_rows=numbers)


def _is_ours(evidence: Books, to: str) -> bool:
    return to.startswith(evidence.record.meta.scope) or to in _people(evidence)


@lru_cache(maxsize=1)
def _people(evidence: Books) -> frozenset[str]:
    """Everybody that the run knows: who orders, and who signs up."""
    inputs = [each.input for each in evidence.load] + [order.input for order in evidence.orders.values()]
    named_in = [
        each[name] for each in inputs if isinstance(each, dict) for name in ("user_id", "email") if name in each
    ]
    return frozenset(str(each) for each in named_in)


def _written(evidence: Books, wanted: dict[str, Wanted], message: MailerRow) -> Iterator[Finding]:
    """To whom a message went, and which orders its text names."""
    mail = wanted.get(message.key or "")
    if mail is None:
        return
    sources = {"agree": "who and what it was asked for", "dissent": "the mailer's ledger"}
    if mail.to and message.to not in mail.to:
        what = f"row {message.row}: the message went to {message.to!r}, not to {min(mail.to)!r}"
        yield without_reason(ledgers.MAIL_TO, what, ledger_rows=(message.row,), **sources)
    others = {*(message.detail or "").split()} & evidence.orders.keys() - mail.orders
    if others:
        what = f"row {message.row}: the message is about order {min(others)}, which it was not asked for"
        yield without_reason(ledgers.ONE_EACH, what, ledger_rows=(message.row,), **sources)
