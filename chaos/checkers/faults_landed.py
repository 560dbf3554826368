"""faults_landed: every fault of the plan took effect, was seen by something other than its injection, and met the load.

A case is a step of the plan. Never INVALID: a fault that did not land says nothing about the services.

UNKNOWN, naming the step: never injected (its trigger did not fire); failed; no measurement shows its effect; a rule
that appears in no row of the fake's ledger; no operation under way while it was on; not healed. Also: history or fault
log incomplete, or for a rule the ledger of its fake.
"""

from __future__ import annotations

from collections.abc import Iterator

from chaos.checkers.evidence import Evidence, evidence_of
from chaos.checkers.findings import conclude, unknown
from chaos.checkers.windows import FaultStory, fault_stories
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "faults")


def check(record: Record) -> CheckResult:
    """Follows each step from its injection to its heal."""
    evidence = evidence_of(record)
    stories = fault_stories(record)
    ledgers = {_ledger(story) for story in stories if story.rule_ids}
    findings = [finding for story in stories for finding in _landed(evidence, story)]
    landed = len(stories) - len({finding.fault_id for finding in findings})
    return conclude(
        evidence,
        "faults_landed",
        needs=(*NEEDS, *sorted(ledgers)),
        cases=len(stories),
        summary=f"{landed} of {len(stories)} faults landed",
        findings=findings,
        details={"operations": {story.step: len(story.met_by(evidence.load)) for story in stories}},
    )


def _landed(evidence: Evidence, story: FaultStory) -> Iterator[Finding]:
    problems = [story.trouble] if story.trouble else [*_problems(evidence, story)]
    for problem in problems:
        yield unknown(f"{story.fault} of step {story.step}: {problem}", fault_id=story.step, at_ms=story.injected_at_ms)


def _problems(evidence: Evidence, story: FaultStory) -> Iterator[str]:
    if story.injected_at_ms is None:
        yield "never injected: nothing in the fault log says so"
        return
    if not story.observations:
        yield "no measurement shows its effect (nothing was measured)"
    for observation in story.observations:
        if not observation.shows_effect:
            yield f"no measurement shows its effect ({observation.measure}: {observation.during})"
    if story.rule_ids:
        rows = evidence.record.ledger(_ledger(story))
        if not any(row.rule_id in story.rule_ids for row in rows):
            yield f"the {_ledger(story)}'s ledger has no attempt that its rule acted on"
    if not story.met_by(evidence.load):
        yield "no operation was under way while it was on"
    if story.healed_at_ms is None:
        yield "never healed"


def _ledger(story: FaultStory) -> SourceName:
    return story.target
