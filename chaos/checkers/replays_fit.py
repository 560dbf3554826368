"""replays_fit: replayed code takes the path that its journal shows.

A case is an invocation of the run.

INVALID: a journal event of the run that reports a journal mismatch (570, RT0016), even if a later attempt returned to
the path: what was done on the other path may have been done twice.
UNKNOWN: invocations or journal events incomplete. Restate keeps few events, so VALID only says that none was seen.
"""

from __future__ import annotations

from chaos.checkers.evidence import evidence_of
from chaos.checkers.findings import conclude, invalid
from chaos.checkers.invocations import JOURNAL_MISMATCH, invocations_of, target_of
from chaos.evidence.journal_events import JournalEvent
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult

NEEDS: tuple[SourceName, ...] = ("invocations", "journal_events")
DOC_CODE = "RT0016"


def expected(record: Record) -> bool:
    """Whether journal events were collected; older records do not have them."""
    return "journal_events" in record.meta.sources


def check(record: Record) -> CheckResult:
    """Looks for mismatches among the journal events, and reports each invocation once."""
    known = invocations_of(record)
    misfits: dict[str, JournalEvent] = {}
    for event in record.journal_events:
        if event.code == JOURNAL_MISMATCH or event.doc_code == DOC_CODE:
            misfits.setdefault(event.invocation_id, event)
    names = {id_: target_of(known.by_id[id_]) if id_ in known.by_id else id_ for id_ in misfits}
    return conclude(
        evidence_of(record),
        "replays_fit",
        needs=NEEDS,
        cases=len(record.invocations),
        summary=f"{len(record.journal_events)} failed attempts noted, {len(misfits)} invocations left their path",
        findings=[
            invalid(
                f"{names[id_]} took a different path than its journal after entry {event.after_index}"
                f"{f', at {event.command_type}' if event.command_type else ''}: {event.message}",
                invocation_id=id_,
                journal_index=event.after_index,
                at_ms=event.at_ms,
            )
            for id_, event in misfits.items()
        ],
    )
