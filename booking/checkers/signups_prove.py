"""signups_prove: a signup is verified exactly when its own secret came back, and mails that secret once.

A case is a signup whose end is known.

INVALID: verified though no click was accepted; not verified though one was; a guess that was accepted; the mailed
secret refused as wrong; more than one mail for a signup, or none for one that is verified.
UNKNOWN: history or the mailer's ledger incomplete; a click whose answer never came, where it matters; fewer signups
whose time was up (by the journal) while every killed process was dead than the plan expects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pydantic import Field

from booking.books import Books, books_of
from booking.ledgers import MailerRow
from booking.settings import settings_of
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.checkers.windows import all_dead
from chaos.evidence.history import Operation
from chaos.evidence.record import Record, SourceName
from chaos.plan.expect import Expectations
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "mailer")
KEY = "signup:"


class Expects(Expectations):
    expired_while_down: int = Field(
        default=0, ge=0, description="holds, sessions or signups that ended while every process killed was dead"
    )


def expected(record: Record) -> bool:
    """Whether anybody signed up."""
    return any(each.service == "Signup" for each in books_of(record).load)


def check(record: Record) -> CheckResult:
    """Compares how every signup ended with what was clicked and mailed."""
    evidence = books_of(record)
    runs = [each for each in evidence.load if (each.service, each.handler) == ("Signup", "run")]
    clicks: dict[str, list[Operation]] = {}
    for each in evidence.load:
        if (each.service, each.handler) == ("Signup", "click"):
            clicks.setdefault(each.key, []).append(each)
    mails = Counter(
        row.key
        for row in record.ledger("mailer", MailerRow)
        if row.effect == "message" and (row.key or "").startswith(KEY)
    )
    findings = [*_clicked(clicks)]
    for run in runs:
        findings += [*_ended(run, clicks.get(run.key, [])), *_mailed(evidence, run, mails[KEY + run.key])]
    verified = sum(run.conclusion == "ok" for run in runs)
    while_down, wanted = (
        sum(all_dead(record, at_ms) for at_ms in _times_up(evidence)),
        Expects.of(record.meta.expect).expired_while_down,
    )
    if while_down < wanted:
        findings.append(unknown(f"{while_down} signups timed out while a process was dead, the plan expects {wanted}"))
    return conclude(
        evidence,
        "signups_prove",
        needs=(*NEEDS, "invocations", "journal", "faults") if wanted else NEEDS,
        cases=sum(run.conclusion != "info" for run in runs),
        summary=f"{verified} of {len(runs)} signups verified, {sum(mails.values())} mails",
        findings=findings,
        details={"verified": verified, "signups": len(runs), "while_down": while_down},
    )


def _times_up(evidence: Books) -> Iterator[int]:
    """When the time of signups that waited for their secret was up."""
    timeout_ms = settings_of(evidence.record).signup_timeout_s * 1000
    for invocation in evidence.invocations.values():
        if (invocation.service, invocation.handler) == ("Signup", "run"):
            for entry in evidence.record.entries(invocation.id):
                if (entry.kind, entry.type) == ("command", "Sleep") and entry.appended_at_ms is not None:
                    yield entry.appended_at_ms + timeout_ms


def _is_guess(click: Operation) -> bool:
    """The history tells what was guessed, and never what was mailed."""
    return isinstance(click.input, dict) and "secret" in click.input


def _clicked(clicks: dict[str, list[Operation]]) -> Iterator[Finding]:
    for user_id, each in clicks.items():
        for click in each:
            if _is_guess(click) and click.conclusion == "ok":
                yield invalid(f"{user_id}: a secret that was guessed was accepted", at_ms=click.ended_at_ms)
            elif not _is_guess(click) and click.code == "wrong_secret":
                yield invalid(f"{user_id}: the secret that was mailed was refused", at_ms=click.ended_at_ms)


def _ended(run: Operation, clicks: list[Operation]) -> Iterator[Finding]:
    accepted = any(click.conclusion == "ok" for click in clicks)
    unclear = any(click.conclusion == "info" for click in clicks)
    if run.conclusion == "ok" and not accepted:
        yield (unknown if unclear else invalid)(f"{run.key}: verified, and no click was accepted")
    elif run.conclusion == "fail" and accepted:
        yield invalid(f"{run.key}: a click was accepted, and the signup ended {run.code}")


def _mailed(evidence: Books, run: Operation, mails: int) -> Iterator[Finding]:
    if mails > 1:
        yield invalid(f"{run.key}: {mails} mails for one signup")
    elif not mails and run.conclusion == "ok" and evidence.has("mailer"):
        yield invalid(f"{run.key}: verified, and no mail was ever sent")
