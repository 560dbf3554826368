"""one_way_calls_arrive: every handler that an invocation called one-way was invoked.

A case is a one-way call in the journal of an invocation that has ended.

INVALID: a call whose callee Restate does not know; a callee that is a different handler from the one called.
UNKNOWN: invocations or journal incomplete.
Ignored: a callee that was sent a signal (one cancelled before its time leaves nothing), or that cannot be found
because the run made Restate forget invocations; calls of an invocation still running, whose journal may be ahead.
"""

from __future__ import annotations

from collections.abc import Iterator

from chaos.checkers.evidence import evidence_of
from chaos.checkers.findings import conclude, invalid
from chaos.checkers.invocations import Invocations, invocations_of, target_of
from chaos.evidence.journal import JournalEntry
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("invocations", "journal")
FORGETS = frozenset({"purge"})  # faults that make Restate forget what has ended


def expected(record: Record) -> bool:
    """Whether any ended invocation made a one-way call."""
    return bool(_of_ended(invocations_of(record)))


def check(record: Record) -> CheckResult:
    """Looks for the callee of every one-way call."""
    evidence, known = evidence_of(record), invocations_of(record)
    sends = _of_ended(known)
    findings = [finding for send in sends for finding in _judge(known, send)] if evidence.has(*NEEDS) else []
    return conclude(
        evidence,
        "one_way_calls_arrive",
        needs=NEEDS,
        cases=len(sends),
        summary=f"{len(sends)} one-way calls, {len(findings)} of them lost or misrouted",
        findings=findings,
    )


def _of_ended(known: Invocations) -> list[JournalEntry]:
    ended = {each.id for each in known.by_id.values() if each.status == "completed"}
    return [send for send in known.sends if send.invocation_id in ended]


def _judge(known: Invocations, send: JournalEntry) -> Iterator[Finding]:
    caller, callee = known.by_id[send.invocation_id], known.by_id.get(send.invoked_id or "")
    where = {"invocation_id": caller.id, "journal_index": send.index}
    if callee is None:
        forgotten = any(event.fault in FORGETS for event in known.record.faults)
        if send.invoked_id and send.invoked_id not in known.signalled and not forgotten:
            yield invalid(f"{target_of(caller)} sent to {send.target}, but Restate knows no such invocation", **where)
    elif send.target and target_of(callee) != send.target:
        yield invalid(f"{target_of(caller)} sent to {send.target}, but {target_of(callee)} was invoked", **where)
