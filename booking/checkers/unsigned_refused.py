"""unsigned_refused: the app does nothing for a caller who is not Restate.

A case is a call that Restate did not sign, made by the fault `unsigned_request`.

INVALID: one of them reached the mailer (mail key `notification:unsigned-…`), or was not answered 401 or 403.
UNKNOWN: the fault log or the mailer's ledger incomplete; no such call was answered at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from booking.books import books_of
from booking.ledgers import MailerRow
from chaos.checkers.findings import conclude, invalid
from chaos.checkers.windows import FaultStory, fault_stories
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("faults", "mailer")
FAULT = "unsigned_request"
REFUSALS = (401, 403)


def expected(record: Record) -> bool:
    """Whether the plan makes such calls."""
    return bool(_stories(record))


def check(record: Record) -> CheckResult:
    """Looks at the answers, and at what reached the mailer all the same."""
    stories = _stories(record)
    answers = [answer for story in stories for answer in _answers(story)]
    return conclude(
        books_of(record),
        "unsigned_refused",
        needs=NEEDS,
        cases=len(answers),
        summary=f"{sum(answer in REFUSALS for answer in answers)} of {len(answers)} unsigned calls refused",
        findings=[finding for story in stories for finding in _judge(record, story)],
        details={"answers": [*answers]},
    )


def _stories(record: Record) -> list[FaultStory]:
    return [story for story in fault_stories(record) if story.fault == FAULT]


def _answers(story: FaultStory) -> list[int]:
    """The HTTP status of each call."""
    seen = [observation.during for observation in story.observations]
    return [answer for each in seen if isinstance(each, list) for answer in each if isinstance(answer, int)]


def _judge(record: Record, story: FaultStory) -> Iterator[Finding]:
    where = {"fault_id": story.step, "at_ms": story.injected_at_ms}
    taken = [answer for answer in _answers(story) if answer not in REFUSALS]
    if taken:
        yield invalid(f"{len(taken)} calls that Restate did not sign were answered {sorted({*taken})}", **where)
    ran = [
        row
        for row in record.ledger("mailer", MailerRow)
        if (row.key or "").startswith(f"notification:unsigned-{story.step}-")
    ]
    if ran:
        message = f"{len({row.key for row in ran})} calls that Restate did not sign were carried out, up to the mailer"
        yield invalid(message, ledger_rows=tuple(row.row for row in ran), **where)
