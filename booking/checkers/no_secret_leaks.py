"""no_secret_leaks: payment tokens and mailed secrets stand where they are handed over, and nowhere else.

The recorder replaces every secret, wherever it finds it in the decoded evidence, by `hmac:` and twelve hex digits: what
carries such a mark held a secret when the run wrote it. A case is a place where one may stand: what a client sent to
`Checkout.run` or `UserSession.checkout`, the journaled input of those, of `Signup.click` and of the app's private
services, the parameters of calls to them, and what `Signup.run` journaled of its own making.

The id of an order is a secret too, of whoever placed it: answers name no orders but those that were asked for, and
those of the user whose session or notifications were looked at.

INVALID: a mark in a log, a failure, a status or any other answer, any object's state, a ledger, or anywhere else; the
id of another's order in an answer.
UNKNOWN: history, invocations, journal, state or a ledger incomplete.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from pydantic import JsonValue

from booking.books import Books, books_of
from booking.contract import CONTRACT_SERVICES
from chaos.checkers.findings import conclude, invalid
from chaos.evidence.history import HistoryEvent
from chaos.evidence.journal import JournalEntry
from chaos.evidence.record import SOURCES, Record, SourceName
from chaos.evidence.redaction import MARK
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal", "state", "gateway", "mailer")
TAKE_SECRETS = frozenset({("Checkout", "run"), ("UserSession", "checkout"), ("Signup", "click")})
OF_A_USER = frozenset({"UserSession", "Notifications"})
WORD = re.compile(r"[\w.-]+")
REST: tuple[SourceName, ...] = tuple(name for name in SOURCES if name not in ("history", "journal"))


def expected(record: Record) -> bool:
    """Whether a secret came up at all."""
    return any(_marked(record, "history")) or any(_marked(record, "journal"))


def check(record: Record) -> CheckResult:
    """Reads every marked line of the record."""
    evidence = books_of(record)
    handlers = {each.id: (each.service, each.handler) for each in record.invocations}
    sent = [HistoryEvent.model_validate_json(line) for line in _marked(record, "history")]
    journaled = [JournalEntry.model_validate_json(line) for line in _marked(record, "journal")]
    if not evidence.has("invocations"):  # whose journal it is may not be known
        journaled = [entry for entry in journaled if entry.invocation_id in handlers]
    leaked = [event for event in sent if not _may_be_sent(event)]
    written = [entry for entry in journaled if not _may_be_journaled(entry, handlers.get(entry.invocation_id))]
    findings = [
        *(invalid(f"history: a secret in the {event.type} of {event.target}", at_ms=event.at_ms) for event in leaked),
        *(_in_journal(entry, handlers.get(entry.invocation_id)) for entry in written),
        *_elsewhere(record),
        *_others_orders(evidence),
    ]
    cases = len(sent) + len(journaled) - len(leaked) - len(written)
    return conclude(
        evidence,
        "no_secret_leaks",
        needs=NEEDS,
        cases=cases,
        summary=f"secrets stand in {cases} places where they may, and in {len(findings)} others",
        findings=findings,
    )


def _marked(record: Record, source: SourceName) -> Iterator[bytes]:
    path = record.folder / f"{source}.jsonl"
    if record.source(source).state != "missing":
        with path.open("rb") as lines:
            yield from (line for line in lines if MARK.search(line))


def _takes_secrets(service: str, handler: str) -> bool:
    return (service, handler) in TAKE_SECRETS or service not in CONTRACT_SERVICES


def _may_be_sent(event: HistoryEvent) -> bool:
    """Only as input: no answer and no error repeats it."""
    said = event.model_copy(update={"input": None}).model_dump_json().encode()
    service, handler = event.target.split("/")[0], event.target.rpartition("/")[2]
    return event.type == "invoke" and _takes_secrets(service, handler) and not MARK.search(said)


def _may_be_journaled(entry: JournalEntry, handler: tuple[str, str] | None) -> bool:
    said = entry.model_copy(update={"value": None}).model_dump_json().encode()
    if handler is None or MARK.search(said):
        return False
    if entry.type == "Input":
        return _takes_secrets(*handler)
    if entry.type in ("Call", "OneWayCall") and entry.kind == "command" and entry.target:
        return _takes_secrets(entry.target.split("/")[0], entry.target.rpartition("/")[2])
    return handler == ("Signup", "run") and (entry.kind, entry.type) == ("notification", "Run")


def _in_journal(entry: JournalEntry, handler: tuple[str, str] | None) -> Finding:
    what = f"{entry.kind} {entry.type} {entry.state_key or entry.name or ''}".strip()
    message = f"journal: a secret in {'.'.join(handler or ('?',))}, {what}"
    return invalid(message, invocation_id=entry.invocation_id, journal_index=entry.index)


def _others_orders(evidence: Books) -> Iterator[Finding]:
    """Who learns the id of an order may see it, call it off and give its seat back."""
    owners = {order_id: order.input.get("user_id") for order_id, order in evidence.orders.items()}
    owners |= dict.fromkeys(evidence.holders, "")  # only a seat was reserved: in nobody's list
    answers = [(each.target, each.input, [each.output, each.message]) for each in evidence.record.operations]
    answers += [(target, None, [answer]) for target, answer in evidence.record.meta.views.items()]
    for target, asked, answer in answers:
        service, _, rest = target.partition("/")
        user = rest.rpartition("/")[0] if service in OF_A_USER else None
        for order_id in sorted((_words(answer) & owners.keys()) - _words([target, asked])):
            if user is None or owners[order_id] not in (user, None):
                yield invalid(f"the answer of {target} gives away another's order", case=order_id)


def _words(value: JsonValue) -> set[str]:
    return set(WORD.findall(json.dumps(value)))


def _elsewhere(record: Record) -> Iterator[Finding]:
    """Everywhere else none may stand: state, ledgers, failures, final reads, logs."""
    for source in (*REST, *record.ledgers):
        for line in _marked(record, source):
            row = json.loads(line)
            names = ("service", "object_key", "key", "handler", "kind", "path", "status")
            where = " ".join(str(row[name]) for name in names if name in row)
            yield invalid(f"{source}: a secret in a row ({where})", invocation_id=row.get("invocation_id"))
    for target, answer in record.meta.views.items():
        if MARK.search(json.dumps(answer).encode()):
            yield invalid(f"a secret in the answer of {target}")
    for path in sorted((record.folder / "logs").glob("*.log")):
        with path.open("rb") as lines:
            marked = [number for number, line in enumerate(lines, start=1) if MARK.search(line)]
        if marked:
            yield invalid(f"logs/{path.name}: a secret in {len(marked)} lines, the first is line {marked[0]}")
