"""shared_never_writes: a shared handler, which runs beside others, changes no state.

A case is an invocation of a handler that the contract calls shared.

INVALID: a journal entry of such an invocation that sets or clears state; such an invocation that Restate holds up since
it tried to.
UNKNOWN: invocations or journal incomplete.
"""

from __future__ import annotations

from booking.books import books_of
from booking.contract import SHARED_HANDLERS
from chaos.checkers.findings import conclude, invalid
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult

NEEDS: tuple[SourceName, ...] = ("invocations", "journal")
REFUSED = "cannot write state"  # Restate's words
WRITES = frozenset({"SetState", "ClearState", "ClearAllState"})


def expected(record: Record) -> bool:
    """Whether a shared handler was called."""
    return any((each.service, each.handler) in SHARED_HANDLERS for each in record.invocations)


def check(record: Record) -> CheckResult:
    """Reads every entry of every shared invocation."""
    evidence = books_of(record)
    shared = {
        each.id: f"{each.service}/{each.key}/{each.handler}"
        for each in record.invocations
        if (each.service, each.handler) in SHARED_HANDLERS
    }
    findings = [
        invalid(
            f"{shared[entry.invocation_id]} is shared and wrote state ({entry.type})",
            invocation_id=entry.invocation_id,
            journal_index=entry.index,
        )
        for entry in record.journal()
        if entry.invocation_id in shared and entry.type in WRITES
    ]
    tried = {each.id: each.last_failure for each in record.invocations}
    tried |= {sample.invocation_id: sample.last_failure for sample in record.samples if sample.last_failure}
    findings += [
        invalid(f"{target} is shared and tried to write state: {tried[id_]}", invocation_id=id_)
        for id_, target in shared.items()
        if REFUSED in (tried.get(id_) or "")
    ]
    return conclude(
        evidence,
        "shared_never_writes",
        needs=NEEDS,
        cases=len(shared),
        summary=f"{len(shared)} calls of shared handlers, {len(findings)} writes",
        findings=findings,
    )
