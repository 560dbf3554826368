"""calls_match_journals: what a caller's journal says of a call is what the callee's journal says of it.

A case is a call, waited for or not, in the journal of an invocation that has ended, whose callee it began; a client's
call whose invocation is known; and what was read at the end.

INVALID: a callee that was asked for something else than its caller, or its client, sent; a caller that was told
something else than its callee answered; a call that was waited for and answered, of a callee that Restate does not
know; what was read at the end, and no invocation answered it.
UNKNOWN: history, invocations or journal incomplete.
Silent: what clients sent with a secret that was mailed to them, which is no evidence; a callee that another began (a
workflow runs once for all who call it); one that goes on, or was ended from outside, which leaves no output; callees
that cannot be found since the run had Restate forget what has ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from chaos.checkers.evidence import evidence_of
from chaos.checkers.findings import conclude, invalid
from chaos.checkers.invocations import FORGETS, Invocations, SentCall, answer_of, invocations_of, target_of
from chaos.checkers.object_states import NOTHING, Fingerprint, fingerprint
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal")


def expected(record: Record) -> bool:
    """Whether anything that has ended called another, or a client did."""
    known = invocations_of(record)
    return bool(known.asked or _of_ended(known))


def check(record: Record) -> CheckResult:
    """Compares every call with its callee."""
    evidence, known = evidence_of(record), invocations_of(record)
    calls, views = _of_ended(known), {name: each for name, each in record.meta.views.items() if not _is_unread(each)}
    findings: list[Finding] = []
    if evidence.has(*NEEDS):
        findings = [finding for call in calls for finding in _judge(call, known)]
        findings += [*_sent(known), *_read(known, views)]
    return conclude(
        evidence,
        "calls_match_journals",
        needs=NEEDS,
        cases=len(calls) + len(known.asked) + len(views),
        summary=f"{len(calls)} calls of services and {len(known.asked)} of clients compared with what was called",
        findings=findings,
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


def _sent(known: Invocations) -> Iterator[Finding]:
    """What clients sent, against what was asked of the handlers."""
    decided = known.record.decisions.get("load", {}).get("operations", [])
    secret = {call["number"] for call in decided if call.get("secret_mailed_to")}
    for operation in known.record.operations:
        invocation = known.asked.get(operation.number)
        asked = known.inputs.get(invocation.id) if invocation else None
        if invocation is None or asked is None or operation.number in secret:
            continue
        nothing = operation.input is None and asked in (NOTHING, fingerprint({}))
        if not nothing and asked != fingerprint(operation.input):
            message = f"operation {operation.number} called {operation.target}, and that was asked for something else"
            yield invalid(message, invocation_id=invocation.id, at_ms=operation.invoked_at_ms)


def _is_unread(view: JsonValue) -> bool:
    return view is None or (isinstance(view, dict) and view.keys() == {"error"})


def _read(known: Invocations, views: Mapping[str, JsonValue]) -> Iterator[Finding]:
    """What was read at the end, against what was answered to readers that are no operation."""
    told = {each.id for each in known.asked.values()}
    answered: dict[str, set[Fingerprint]] = {}
    for each in known.by_id.values():
        if each.invoked_by == "ingress" and each.id not in told and each.id in known.outputs:
            answered.setdefault(target_of(each), set()).add(answer_of(known.outputs[each.id]))
    for target, view in views.items():
        if target in answered and fingerprint([view, None]) not in answered[target]:
            yield invalid(f"{target} was read at the end, and no invocation answered what was read", subject=target)
