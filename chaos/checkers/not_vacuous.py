"""not_vacuous: the run was long and busy enough to show anything, and it finished.

A case is an operation of the load. Never INVALID. (Each checker sees to it itself that its property was exercised:
without a case it is UNKNOWN.)

UNKNOWN: fewer operations answered ok than the plan expects; no operation met a fault; the deadline passed; the run did
not converge after the heal; something was left broken; history incomplete, or the fault log of a plan with faults.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from chaos.checkers.evidence import Evidence, evidence_of
from chaos.checkers.findings import conclude, unknown
from chaos.checkers.windows import FaultStory, fault_stories
from chaos.evidence.record import Record, SourceName
from chaos.plan.expect import Expectations
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history",)


class Expects(Expectations):
    min_ok: int = Field(default=1, ge=0, description="operations that must be answered ok")


def check(record: Record) -> CheckResult:
    """Counts what the run did."""
    evidence = evidence_of(record)
    stories = fault_stories(record)
    ok = sum(operation.conclusion == "ok" for operation in evidence.load)
    return conclude(
        evidence,
        "not_vacuous",
        needs=("history", "faults") if stories else NEEDS,
        cases=len(evidence.load),
        summary=f"{len(evidence.load)} operations, {ok} ok, {len(stories)} faults",
        findings=[*_thin(evidence, ok, stories), *_unfinished(record)],
        details={"operations": len(evidence.load), "ok": ok},
    )


def _thin(evidence: Evidence, ok: int, stories: list[FaultStory]) -> Iterator[Finding]:
    wanted = Expects.of(evidence.record.meta.expect).min_ok
    if ok < wanted:
        yield unknown(f"{ok} operations were ok, the plan expects at least {wanted}")
    for story in stories:
        if story.injected_at_ms is not None and not story.met_by(evidence.load):
            yield unknown(f"no operation met step {story.step}", fault_id=story.step, at_ms=story.injected_at_ms)


def _unfinished(record: Record) -> Iterator[Finding]:
    meta = record.meta
    pending = f"; still pending: {', '.join(meta.pending)}" if meta.pending else ""
    if meta.deadline_passed:
        yield unknown(f"the scenario's deadline passed{pending}")
    elif meta.converged_at_ms is None:
        yield unknown(f"the run did not converge after the heal{pending}")
    for broken in meta.left_broken:
        yield unknown(f"left behind: {broken}")
