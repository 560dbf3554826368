"""answers_match_journal: what a client was told is what the handler answered according to its journal.

A case is an answer, ok or failed, whose invocation is known: by the idempotency key that the client sent or, where none
can be sent, because only one operation and one invocation have that target.

INVALID: an ok for an invocation that failed; a failure for one that succeeded; a value that differs from the output; a
message that differs from the output's failure, or an HTTP status that differs from the failure's code.
UNKNOWN: history, invocations or journal incomplete; an answer of an invocation that has not ended.
Ignored: answers that cannot be traced; failures that no handler gave (the ingress refused, or it never ran); values
that are not JSON, which the history does not keep.
"""

from __future__ import annotations

from collections.abc import Iterator

from chaos.checkers.evidence import evidence_of
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.checkers.invocations import NO_HANDLERS, Invocations, invocations_of
from chaos.evidence.history import HistoryEvent, Operation
from chaos.evidence.journal import Decoded, Invocation, JournalEntry
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal")
HTTP_ERRORS = range(400, 600)


def expected(record: Record) -> bool:
    """Whether any answer can be traced to its invocation."""
    return bool(_traced(invocations_of(record)))


def check(record: Record) -> CheckResult:
    """Compares every answer that can be traced with the output in the journal."""
    evidence, known = evidence_of(record), invocations_of(record)
    traced = _traced(known)
    answers = [(operation, event) for operation in traced for event in _answers(operation)]
    return conclude(
        evidence,
        "answers_match_journal",
        needs=NEEDS,
        cases=len(answers),
        summary=f"{len(answers)} answers of {len(record.operations)} operations were traced to their invocations",
        findings=[
            finding
            for operation, event in answers
            for finding in _judge(operation, event, known.asked[operation.number], known)
        ]
        if evidence.has(*NEEDS)
        else [],
    )


def _traced(known: Invocations) -> list[Operation]:
    return [each for each in known.record.operations if each.number in known.asked and any(_answers(each))]


def _answers(operation: Operation) -> Iterator[HistoryEvent]:
    """What handlers answered, to the client that waited and to one that asked later."""
    for event in operation.events:
        if event.code not in NO_HANDLERS and _kind(event) in ("ok", "fail"):
            yield event


def _kind(event: HistoryEvent) -> str | None:
    return event.conclusion if event.type == "resolve" else event.type


def _judge(operation: Operation, event: HistoryEvent, invocation: Invocation, known: Invocations) -> Iterator[Finding]:
    kind, output = _kind(event), known.outputs.get(invocation.id)
    said = f"operation {operation.number}, {operation.target}, was told {kind}"
    where = {
        "invocation_id": invocation.id,
        "journal_index": output.index if output else None,
        "at_ms": event.at_ms,
    }
    if invocation.status != "completed":
        yield unknown(f"{said}, and its invocation is {invocation.status}", **where)
    elif invocation.result and (kind == "ok") != (invocation.result == "success"):
        yield invalid(f"{said}, and its invocation ended in {invocation.failure or invocation.result}", **where)
    elif output and kind == "ok" and (output.failure or not _is_same(event, output.value)):
        yield invalid(f"{said} with a value that differs from the journal's output", **where)
    elif output and kind == "fail":
        differ = _differences(event, output)
        if differ:
            yield invalid(f"{said}, with a different {' and '.join(differ)} than the journal's output", **where)


def _is_same(event: HistoryEvent, value: Decoded) -> bool:
    return event.output == value or _is_bytes(value)


def _is_bytes(value: Decoded) -> bool:
    """Whether a payload, as the journal keeps it, is not JSON; the history has nothing to compare it with."""
    return isinstance(value, dict) and value.keys() == {"bytes", "text"}


def _differences(event: HistoryEvent, output: JournalEntry) -> list[str]:
    if output.failure is None:
        return ["end"]
    differ = ["message"] if event.message is not None and event.message != output.failure.message else []
    if event.status is not None and output.failure.code in HTTP_ERRORS and event.status != output.failure.code:
        differ.append("status")
    return differ
