"""steps_retried_alone: a role update does both of its steps, as asked for, and does not repeat the one that was done.

A case is an update that was answered.

INVALID: applied, and a step took no effect as any update of that user asked for it, or its journal has less than two
steps; an attempt at the first of two steps that its journal takes one by one, when one at the second had arrived; an
effect that no update asked for; 502 though the directory refused nothing.
UNKNOWN: history or the mailer's ledger incomplete.
Which step comes first the contract does not say. An answer that the ledger shows may not have been heard.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import unquote

from pydantic import JsonValue

from booking.books import Books, books_of
from booking.ledgers import MailerRow
from booking.model import role_update
from booking.model.role_update import KINDS, Attempt, Kind, Update
from booking.workflows import without_reason
from chaos.checkers.findings import conclude
from chaos.evidence.history import Operation
from chaos.evidence.journal import Invocation
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "mailer")
DIRECTORY = "/v1/users/"
SOURCES = {"agree": "history and journal", "dissent": "the directory's ledger"}


def expected(record: Record) -> bool:
    """Whether roles were updated."""
    return bool(_updates(books_of(record)))


def check(record: Record) -> CheckResult:
    """Follows every update through the directory's ledger."""
    evidence = books_of(record)
    asked, directory = _by_user(_updates(evidence)), _directory(record)
    answered = [each for each in _updates(evidence) if each.conclusion == "ok" or each.code == "gateway_refused"]
    attempts = sum(row.kind == "arrival" for rows in directory.values() for row in rows)
    findings: list[Finding] = []
    if evidence.has(*NEEDS):
        runs = _runs(evidence)
        for each in answered:
            user = _user(each)
            alone = len(asked[user]) == len(runs.get(user, [])) == 1
            findings += _judge(evidence, each, directory.get(user, []), runs[user][0] if alone else None)
        for user, rows in directory.items():
            findings += _unasked(asked.get(user, []), rows)
    return conclude(
        evidence,
        "steps_retried_alone",
        needs=NEEDS,
        cases=len(answered),
        summary=f"{len(answered)} updates, {attempts} attempts at their steps",
        findings=findings,
    )


def _updates(evidence: Books) -> list[Operation]:
    return [each for each in evidence.load if each.service == "RoleUpdate"]


def _asked(update: Operation, name: str) -> JsonValue:
    return update.input.get(name) if isinstance(update.input, dict) else None


def _user(update: Operation) -> str:
    return str(_asked(update, "user_id"))


def _by_user(updates: list[Operation]) -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for each in updates:
        found.setdefault(_user(each), []).append(each)
    return found


def _directory(record: Record) -> dict[str, list[MailerRow]]:
    """User → rows about what the directory keeps of them."""
    found: dict[str, list[MailerRow]] = {}
    for row in record.ledger("mailer", MailerRow):
        kind = _kind(row)
        if kind:
            user = row.to or unquote(row.path.removeprefix(DIRECTORY).removesuffix(f"/{kind}"))
            found.setdefault(user, []).append(row)
    return found


def _kind(row: MailerRow) -> Kind | None:
    """The step that a row is about."""
    if not row.path.startswith(DIRECTORY):
        return None
    return next((kind for kind in KINDS if row.path.endswith(f"/{kind}")), None)


def _runs(evidence: Books) -> dict[str, list[Invocation]]:
    """User → the invocations that update them, as far as their journals say."""
    found: dict[str, list[Invocation]] = {}
    for each in evidence.invoked.get(("RoleUpdate", "apply", ""), []):
        found.setdefault(str(evidence.input_of(each).get("user_id")), []).append(each)
    return found


def _judge(evidence: Books, operation: Operation, rows: list[MailerRow], run: Invocation | None) -> Iterator[Finding]:
    """`run` is the invocation of the user's only update; of several none is looked into."""
    update, user = _update(evidence, operation, rows, run), _user(operation)
    missteps = role_update.applied(update) if operation.conclusion == "ok" else role_update.refused(update)
    numbers = tuple(attempt.row for attempt in update.attempts)
    for misstep in missteps:
        yield without_reason(misstep.clause, f"{user}: {misstep.what}", ledger_rows=numbers, **SOURCES)
    if again := tuple(role_update.repeated(update)):
        what = f"{user}: the {update.attempts[0].kind} was put in again, though that was done"
        yield without_reason(role_update.TWO_STEPS, what, ledger_rows=again, **SOURCES)


def _update(evidence: Books, operation: Operation, rows: list[MailerRow], run: Invocation | None) -> Update:
    refused = {row.attempt for row in rows if row.kind == "answer" and _refuses(row)}
    attempts = tuple(
        Attempt(kind, row.row, row.row in refused) for row in rows if row.kind == "arrival" and (kind := _kind(row))
    )
    done = frozenset(kind for row in rows if (kind := _kind(row)) and row.effect == kind and _fits(operation, row))
    if run is None or not evidence.is_whole(run):
        return Update(done, attempts)
    entries = evidence.entries(run)
    ends = {entry.completion_id: entry.index for entry in entries if entry.kind == "notification"}
    steps = [entry for entry in entries if entry.kind == "command" and entry.type in ("Run", "Call")]
    one_by_one = all(ends.get(each.completion_id, later.index) < later.index for each, later in pairwise(steps))
    return Update(done, attempts, len(steps), one_by_one)


def _refuses(row: MailerRow) -> bool:
    """An answer that is the last word; what a rule put in its place may be."""
    status = row.status or 0
    return (400 <= status < 500 and status not in role_update.COME_AGAIN) or (row.rule_id is not None and status < 400)


def _fits(operation: Operation, row: MailerRow) -> bool:
    """Whether an effect is what was asked for; a ledger that does not say what took effect is believed."""
    asked = _asked(operation, row.effect or "")
    if row.detail is None or asked is None:
        return True
    return row.detail == asked if row.effect == "role" else _decoded(row.detail) == asked


def _decoded(detail: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(detail)
    except ValueError:
        return None
    return value


def _unasked(updates: list[Operation], rows: list[MailerRow]) -> Iterator[Finding]:
    """Effects that no update of a user asked for; those for nobody of the run are another's."""
    for row in rows:
        if row.effect in KINDS and updates and not any(_fits(each, row) for each in updates):
            what = f"row {row.row}: {row.effect} {row.detail} for {row.to}, which no update asked for"
            yield without_reason(role_update.APPLIED, what, ledger_rows=(row.row,), **SOURCES)
