"""calls_match_journals: what a caller's journal says of a call is what the callee's journal says of it.

A case is a call, waited for or not, in the journal of an invocation that has ended, whose callee it began.

INVALID: a callee that was asked for something else than its caller sent; a caller that was told something else than
its callee answered; a call that was waited for and answered, of a callee that Restate does not know.
UNKNOWN: invocations or journal incomplete.
Silent: a callee that another began (a workflow runs once for all who call it); one that goes on, or was ended from
outside, which leaves no output; callees that cannot be found since the run had Restate forget what has ended.
"""

from __future__ import annotations

from collections.abc import Iterator

from chaos.checkers.evidence import evidence_of
from chaos.checkers.findings import conclude, invalid
from chaos.checkers.invocations import FORGETS, Invocations, SentCall, answer_of, invocations_of, target_of
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("invocations", "journal")


def expected(record: Record) -> bool:
    """Whether anything that has ended called another."""
    return bool(_of_ended(invocations_of(record)))


def check(record: Record) -> CheckResult:
    """Compares every call with its callee."""
    evidence, known = evidence_of(record), invocations_of(record)
    calls = _of_ended(known)
    return conclude(
        evidence,
        "calls_match_journals",
        needs=NEEDS,
        cases=len(calls),
        summary=f"{len(calls)} calls compared with what was called",
        findings=[finding for call in calls for finding in _judge(call, known)] if evidence.has(*NEEDS) else [],
    )


def _of_ended(known: Invocations) -> list[SentCall]:
    return [call for call in known.calls if _has_ended(known, call.caller_id) and _is_its_own(known, call)]


def _has_ended(known: Invocations, id_: str) -> bool:
    return id_ in known.by_id and known.by_id[id_].status == "completed"


def _is_its_own(known: Invocations, call: SentCall) -> bool:
    """Whether it began its callee, as far as that is known."""
    callee = known.by_id.get(call.callee_id)
    return callee is None or callee.invoked_by_id == call.caller_id


def _judge(call: SentCall, known: Invocations) -> Iterator[Finding]:
    told = known.told.get((call.caller_id, call.completion_id)) if call.completion_id is not None else None
    callee, output = known.by_id.get(call.callee_id), known.outputs.get(call.callee_id)
    where = {"invocation_id": call.caller_id, "journal_index": call.entry}
    said = f"{target_of(known.by_id[call.caller_id])} called {call.target}"
    if callee is None:
        forgotten = any(event.fault in FORGETS for event in known.record.faults)
        if told is not None and call.callee_id not in known.signalled and not forgotten:
            yield invalid(f"{said} and was answered, and Restate knows no such invocation", **where)
        return
    asked = known.inputs.get(call.callee_id)
    if asked is not None and asked != call.sent:
        yield invalid(f"{said}, and that was asked for something else than was sent", **where)
    if told is not None and output is not None and told != answer_of(output):
        yield invalid(f"{said}, and was told something else than that answered", **where)
