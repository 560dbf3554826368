"""signups_prove: a signup is verified exactly when its own secret came back in time, and mails that secret once.

A case is a signup whose end is known.

INVALID: verified though no click was accepted; not verified though its journal shows the promise kept before the time
was up; a guess that was accepted; the mailed secret refused as wrong; more than one mail for a signup, or none for one
that is verified. What is clicked when the signup has ended may be answered as it will.
UNKNOWN: history or the mailer's ledger incomplete; a click whose answer never came, where it matters; not verified,
a click accepted before that was answered, and no journal that shows which came first; fewer signups whose time was up
(by the journal) while every killed process was dead than the plan expects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from booking.books import Books, books_of
from booking.model import ledgers, signup
from booking.settings import settings_of
from booking.workflows import without_reason
from chaos.checkers.findings import conclude, unknown
from chaos.checkers.windows import all_dead
from chaos.evidence.history import Operation
from chaos.evidence.record import Record, SourceName
from chaos.plan.expect import Expectations
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "mailer")


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
    mails = Counter(row.key for row in record.ledger("mailer") if row.effect == "message")
    findings = [finding for run in runs for finding in _judge(evidence, run, clicks.get(run.key, []), mails)]
    sent = sum(mails[key] for key in {ledgers.signup_key(run.key) for run in runs})
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
        summary=f"{verified} of {len(runs)} signups verified, {sent} mails",
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


def _judge(evidence: Books, run: Operation, sent: list[Operation], mails: Counter[str | None]) -> Iterator[Finding]:
    """What the model does not allow of one signup, its clicks and its mails."""
    clicks = [_click(run, each) for each in sent]
    verified, kept = run.conclusion == "ok", _was_kept(evidence, run.key)
    missteps = [*signup.clicked(clicks)]
    certain = signup.is_certain(verified, clicks, kept=kept)
    if run.conclusion == "ok" or run.code == "not_verified":
        ends = [*signup.ended(verified, clicks, kept=kept)]
        missteps += ends if certain else []
        if not certain:
            what = ends[0].what if ends else "not verified, and a click was accepted: nobody knows which came first"
            yield unknown(f"{run.key}: {what}")
    count = mails[ledgers.signup_key(run.key)]
    missteps += signup.mailed(verified and evidence.has("mailer"), count)
    for misstep in missteps:
        sources = {"agree": "clicks, mails and the signup's journal", "dissent": "what clients were told"}
        yield without_reason(misstep.clause, f"{run.key}: {misstep.what}", at_ms=run.ended_at_ms, **sources)


def _click(run: Operation, click: Operation) -> signup.Click:
    """The history tells what was guessed, and never what was mailed."""
    told: dict[str | None, Literal["wrong"]] = {"wrong_secret": "wrong"}
    known = "ok" if click.conclusion == "ok" else "unknown" if click.conclusion == "info" else "other"
    return signup.Click(
        guess=isinstance(click.input, dict) and "secret" in click.input,
        told=told.get(click.code, known),  # type: ignore[arg-type]
        late=run.conclusion != "info" and run.events[-1].seq < click.events[0].seq,
    )


def _was_kept(evidence: Books, user_id: str) -> bool | None:
    """Whether the signup's journal, if it is whole, shows that the promise was kept before the time was up."""
    mine = evidence.invoked.get(("Signup", "run", user_id), [])
    if len(mine) != 1 or not evidence.is_whole(mine[0]):
        return None
    for entry in evidence.entries(mine[0]):
        if entry.kind == "notification" and entry.type == "Sleep":
            return False
        if entry.kind == "notification" and entry.type == "GetPromise" and not entry.failure:
            return bool(entry.value)
    return False
