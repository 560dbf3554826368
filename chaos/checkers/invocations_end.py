"""invocations_end: every invocation ends, unless it is scheduled for a time that is still to come.

A case is an invocation of the run.

INVALID: an invocation that was killed, unless a fault of the run names it; that is paused although all faults were
healed (Restate has given up on it); or that cannot continue because its code took a different path than its journal.
UNKNOWN: invocations or journal incomplete; an invocation still running, suspended, backing off or waiting its turn (it
may yet end: being slow proves nothing), or paused while something may still be broken.
Not counted: invocations scheduled for later, and final reads that only read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chaos.checkers.evidence import Evidence, evidence_of
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.checkers.invocations import Invocations, has_rows, invocations_of, is_mismatch, target_of
from chaos.evidence.journal import Invocation
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("invocations", "journal")
AT_REST = frozenset({"completed", "scheduled"})


def expected(record: Record) -> bool:
    """Whether anything is known to have been invoked."""
    return has_rows(record, "invocations")


def check(record: Record) -> CheckResult:
    """Looks at every invocation of the run."""
    evidence, known = evidence_of(record), invocations_of(record)
    statuses = Counter(each.status for each in record.invocations)
    return conclude(
        evidence,
        "invocations_end",
        needs=NEEDS,
        cases=len(record.invocations),
        summary=", ".join(f"{count} {status}" for status, count in sorted(statuses.items())) or "no invocations",
        findings=[finding for each in record.invocations for finding in _judge(evidence, known, each)],
        details=dict(statuses),
    )


def _judge(evidence: Evidence, known: Invocations, invocation: Invocation) -> Iterator[Finding]:
    target, where = target_of(invocation), {"invocation_id": invocation.id}
    if invocation.status in AT_REST:
        if evidence.has("journal") and known.was_killed(invocation) and not known.is_planned(invocation):
            yield invalid(f"{target} was killed", **where)
    elif known.is_look(invocation) or known.is_planned(invocation):
        return
    elif invocation.status == "paused" and evidence.record.meta.healed_at_ms is not None:
        yield invalid(f"{target} is paused: {known.why(invocation)}", **where)
    elif is_mismatch(invocation.last_failure):
        yield invalid(f"{target} is not deterministic: {invocation.last_failure}", **where)
    else:
        why = f": {known.why(invocation)}" if invocation.last_failure else ""
        yield unknown(f"{target} is still {invocation.status}{why}", **where)
