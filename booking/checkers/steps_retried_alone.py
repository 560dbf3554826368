"""steps_retried_alone: a role update does both of its steps, in order, and does not repeat the one that was done.

A case is an update that was answered as applied.

INVALID: a step that took no effect; permissions put in before the role; a role put in again though the directory had
answered that it was, unless the plan does more than put in rules, or lets answers trickle: then one may have been lost.
UNKNOWN: history or the mailer's ledger incomplete.
"""

from __future__ import annotations

from collections.abc import Iterator

from booking.books import Books, books_of
from booking.ledgers import MailerRow
from chaos.checkers.findings import conclude, invalid
from chaos.checkers.windows import fault_stories
from chaos.evidence.history import Operation
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "mailer")


def expected(record: Record) -> bool:
    """Whether roles were updated."""
    return bool(_updates(books_of(record)))


def check(record: Record) -> CheckResult:
    """Follows every update through the directory's ledger."""
    evidence = books_of(record)
    updates = _updates(evidence)
    answers_arrive = all(story.rule_ids and story.fault != "slow_body" for story in fault_stories(record))
    attempts = {step: sum(len(_attempts(record, each, step)) for each in updates) for step in ("role", "permissions")}
    return conclude(
        evidence,
        "steps_retried_alone",
        needs=NEEDS,
        cases=len(updates),
        summary=f"{len(updates)} updates, {attempts['role']} attempts at roles, {attempts['permissions']} at the rest",
        findings=[finding for each in updates for finding in _judge(evidence, each, answers_arrive)],
        details={**attempts},
    )


def _updates(evidence: Books) -> list[Operation]:
    return [each for each in evidence.load if each.service == "RoleUpdate" and each.conclusion == "ok"]


def _user(update: Operation) -> str:
    return str(update.input.get("user_id")) if isinstance(update.input, dict) else ""


def _attempts(record: Record, update: Operation, step: str) -> list[MailerRow]:
    path = f"/v1/users/{_user(update)}/{step}"
    return [row for row in record.ledger("mailer", MailerRow) if row.kind == "arrival" and row.path == path]


def _judge(evidence: Books, update: Operation, answers_arrive: bool) -> Iterator[Finding]:
    if not evidence.has(*NEEDS):
        return
    effects = {
        step: [
            row.row
            for row in evidence.record.ledger("mailer", MailerRow)
            if row.effect == step and row.to == _user(update)
        ]
        for step in ("role", "permissions")
    }
    for step, rows in effects.items():
        if not rows:
            yield invalid(f"{_user(update)}: applied, and {step} took no effect")
    if all(effects.values()) and effects["permissions"][0] < effects["role"][0]:
        first = (effects["permissions"][0], effects["role"][0])
        yield invalid(f"{_user(update)}: permissions were put in before the role", ledger_rows=first)
    again = _asked_again(evidence.record, _attempts(evidence.record, update, "role"))
    if answers_arrive and again:
        repeated = tuple(row.row for row in again)
        yield invalid(f"{_user(update)}: the role was put in again, though that was done", ledger_rows=repeated)


def _asked_again(record: Record, attempts: list[MailerRow]) -> list[MailerRow]:
    """Attempts that arrived after one that was answered as done."""
    own = {row.row for row in attempts}
    answers = [row for row in record.ledger("mailer", MailerRow) if row.kind == "answer" and row.attempt in own]
    done = [row.row for row in answers if 200 <= (row.status or 0) < 300]
    return [row for row in attempts if done and row.row > done[0]]
