"""state_on_demand: an object has state once it was written to, and none after it was cleared or has been idle.

A case is an object of which the plan says so (`forgotten` and `kept` of its load).

INVALID: state rows of an object that must have none; none of one that must have some.
UNKNOWN: history, invocations, journal or state incomplete; the run did not come to rest; an object that must have state
has cleared it by a timer of its own: how long a session may be idle is the app's affair, and that it was cleared too
early others judge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from booking.books import Books, books_of
from booking.contract import HANDLERS
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal", "state")


def expected(record: Record) -> bool:
    """Whether the plan names an object."""
    return bool(_named(record, "forgotten") or _named(record, "kept"))


def check(record: Record) -> CheckResult:
    """Counts the state rows of every object that the plan names."""
    evidence = books_of(record)
    forgotten, kept = _named(record, "forgotten"), _named(record, "kept")
    return conclude(
        evidence,
        "state_on_demand",
        needs=NEEDS,
        cases=len(forgotten) + len(kept),
        summary=f"{len(forgotten)} objects must be forgotten, {len(kept)} kept",
        findings=_judge(evidence, forgotten, kept),
    )


def _named(record: Record, which: str) -> list[str]:
    return [str(name) for name in record.decisions.get("load", {}).get(which, [])]


def _cleared_itself(evidence: Books, service: str, key: str) -> bool:
    """Whether a handler that no client can have meant cleared the object: one of the app's own."""
    cleared = (evidence.invocations[id_] for id_ in evidence.cleared_by(service, key))
    return any(each.handler not in HANDLERS.get(service, ()) for each in cleared)


def _judge(evidence: Books, forgotten: list[str], kept: list[str]) -> Iterator[Finding]:
    if not evidence.has(*NEEDS):
        return
    rows = Counter(f"{row.service}/{row.object_key}" for row in evidence.record.state)
    told = invalid if evidence.at_rest else unknown
    for name in forgotten:
        if rows[name]:
            yield told(f"{name} must be forgotten, and has {rows[name]} rows of state")
    for name in kept:
        if not rows[name] and _cleared_itself(evidence, *name.split("/", 1)):
            yield unknown(f"{name} must have state, and has cleared it by itself before the end")
        elif not rows[name]:
            yield told(f"{name} must have state, and has none")
