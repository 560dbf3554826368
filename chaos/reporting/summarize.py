"""From a record and its verdict to a scenario's summary: counts, faults, findings, timeline, stories, all bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import JsonValue

from chaos.checkers.evidence import Evidence, evidence_of
from chaos.checkers.steadiness import Steadiness, steadiness
from chaos.checkers.steady_state import Expects
from chaos.errors import BadInput
from chaos.evidence.faultlog import FaultEvent, Phase
from chaos.evidence.history import Operation
from chaos.evidence.record import Record
from chaos.reporting.summary import (
    CheckSummary,
    FaultSummary,
    FindingSummary,
    ObservationSummary,
    OperationCounts,
    ScenarioSummary,
    Timeline,
)
from chaos.system.cases import CaseReport
from chaos.system.system import system_of
from chaos.verdict import Finding, Verdict

FINDINGS_OF_A_CHECKER = 12
DETAIL_ROWS = 50
TIMELINE_OPERATIONS = 1_200
BUCKETS = 90
BUCKET_MS = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000)


NO_CASES = CaseReport(counts=None, figure=None, owed=(), stories=(), evidence=lambda _, __: ())


def summarize(record: Record, verdict: Verdict, *, nodeid: str = "", reports: Path | None = None) -> ScenarioSummary:
    """The summary of one judged record; its path is given relative to the folder `reports`. Reads the disk."""
    meta = record.meta
    evidence = evidence_of(record)
    cases = _told(record, verdict)
    findings = verdict.findings
    named = list(dict.fromkeys(finding.case for _, finding in findings if finding.case))
    has_history = record.source("history").state != "missing"
    recovered = meta.converged_at_ms is not None and meta.healed_at_ms is not None
    return ScenarioSummary(
        name=meta.plan,
        nodeid=nodeid or meta.plan,
        story=meta.story,
        verdict=verdict.outcome,
        seed=meta.seed,
        backend=meta.backend,
        modes=meta.modes,
        app=meta.app,
        versions=meta.versions,
        started_at_ms=meta.started_at_ms,
        load_ended_at_ms=meta.load_ended_at_ms,
        healed_at_ms=meta.healed_at_ms,
        converged_at_ms=meta.converged_at_ms,
        ended_at_ms=meta.ended_at_ms,
        recovery_ms=max(0, (meta.converged_at_ms or 0) - (meta.healed_at_ms or 0)) if recovered else None,
        steady=_steadiness(evidence) if has_history else None,
        deadline_passed=meta.deadline_passed,
        pending=meta.pending[:DETAIL_ROWS],
        operations=_operation_counts(evidence.load) if has_history else None,
        case_name=cases.name if cases is not NO_CASES else None,
        case_done=cases.done,
        cases=cases.counts,
        figure=cases.figure,
        faults=tuple(_faults(record.faults)),
        findings=tuple(
            FindingSummary(
                checker=checker, case_name=cases.name, evidence=cases.evidence(checker, finding), **finding.model_dump()
            )
            for checker, finding in _first_of_each(findings)
        ),
        findings_total=len(findings),
        owed=cases.owed[:DETAIL_ROWS],
        owed_total=len(cases.owed),
        checks=tuple(
            CheckSummary(
                checker=check.checker,
                outcome=check.outcome,
                summary=check.summary,
                cases=check.cases,
                findings=len(check.findings),
                details={name: _bounded(value, named) for name, value in check.details.items()},
                rows={name: len(value) for name, value in check.details.items() if isinstance(value, list)},
            )
            for check in verdict.checks
        ),
        sources={name: record.source(name) for name in meta.sources},
        timeline=_timeline(record, evidence.load) if evidence.load else None,
        stories=cases.stories,
        replay=meta.replay,
        record=_relative(record.folder, reports),
    )


def _told(record: Record, verdict: Verdict) -> CaseReport:
    """What the system tells of its cases. Raises BadInput when it breaks on them; the record is there all the same."""
    system = system_of(record)
    if system.report is None:
        return NO_CASES
    try:
        return system.report(record, verdict)
    except BadInput:
        raise
    except Exception as error:
        raise BadInput(
            f"its report crashed: {type(error).__name__}: {error}",
            where=f"the system {system.name}",
            next_step=f"correct it, then: chaos check {record.folder}",
        ) from error


def _first_of_each(findings: Iterable[tuple[str, Finding]]) -> Iterator[tuple[str, Finding]]:
    """At most so many findings of one checker that the others' are still seen."""
    seen: Counter[str] = Counter()
    for checker, finding in findings:
        seen[checker] += 1
        if seen[checker] <= FINDINGS_OF_A_CHECKER:
            yield checker, finding


def _relative(folder: Path, reports: Path | None) -> str:
    if reports is not None and folder.resolve().is_relative_to(reports.resolve()):
        return folder.resolve().relative_to(reports.resolve()).as_posix()
    return folder.name


def _bounded(value: JsonValue, named: Sequence[str]) -> JsonValue:
    """A list's first rows, those of cases in findings before all others; other values as they are."""
    if not isinstance(value, list):
        return value
    wanted = set(named)

    def is_other(row: JsonValue) -> bool:
        return not (isinstance(row, dict) and wanted.intersection(map(str, row.values())))

    return sorted(value, key=is_other)[:DETAIL_ROWS]


# --- counts --------------------------------------------------------------------------------------------------------


def _operation_counts(operations: Sequence[Operation]) -> OperationCounts:
    ends = Counter(operation.conclusion for operation in operations)
    return OperationCounts(
        total=len(operations),
        ok=ends["ok"],
        fail=ends["fail"],
        info=ends["info"],
        resolved=sum(operation.first != operation.conclusion for operation in operations),
        by_code=_by_frequency(operation.code or "other" for operation in operations if operation.conclusion != "ok"),
    )


def _by_frequency(codes: Iterable[str]) -> dict[str, int]:
    return dict(Counter(codes).most_common())


# --- faults --------------------------------------------------------------------------------------------------------


def _faults(events: Iterable[FaultEvent]) -> Iterator[FaultSummary]:
    by_step: dict[str, list[FaultEvent]] = {}
    for event in events:
        by_step.setdefault(event.step, []).append(event)
    for events_of_step in by_step.values():
        yield _fault(events_of_step)


def _fault(events: Sequence[FaultEvent]) -> FaultSummary:
    def at(*phases: Phase) -> int | None:
        return next((event.at_ms for event in events if event.phase in phases), None)

    began, back = at("healing", "healed"), at("ready") or at("healed")
    observations = tuple(
        ObservationSummary(
            at_ms=event.at_ms, shows_effect=event.observation.shows_effect, **event.observation.model_dump()
        )
        for event in events
        if event.observation
    )
    return FaultSummary(
        step=events[0].step,
        fault=events[0].fault,
        target=events[0].target,
        injected_at_ms=at("injected"),
        healed_at_ms=at("healed"),
        ready_at_ms=at("ready"),
        recovery_ms=back - began if began is not None and back is not None else None,
        observations=observations,
        shows_effect=any(observation.shows_effect for observation in observations),
        trouble=next((event.detail or "failed" for event in events if event.phase == "failed"), None),
    )


# --- the timeline --------------------------------------------------------------------------------------------------


def _timeline(record: Record, operations: Iterable[Operation]) -> Timeline:
    operations = sorted(operations, key=lambda operation: operation.intended_at_ms)
    meta = record.meta
    marks = [event.at_ms for event in record.faults]
    ends = [operation.ended_at_ms for operation in operations if operation.ended_at_ms]
    last = [time for time in (meta.load_ended_at_ms, meta.healed_at_ms, meta.converged_at_ms) if time]
    from_ms = min([operations[0].intended_at_ms, *marks])
    to_ms = max([from_ms + 1, *marks, *ends, *last, *([] if meta.converged_at_ms else [meta.ended_at_ms])])
    bucket_ms = next((size for size in BUCKET_MS if (to_ms - from_ms) / size <= BUCKETS), BUCKET_MS[-1])
    counts = {end: [0] * ((to_ms - from_ms) // bucket_ms + 1) for end in ("ok", "fail", "info")}
    for operation in operations:
        counts[operation.first][((operation.ended_at_ms or to_ms) - from_ms) // bucket_ms] += 1
    every = -(-len(operations) // TIMELINE_OPERATIONS)
    groups = (operations[start : start + every] for start in range(0, len(operations), every))
    slowest = (max(group, key=lambda operation: _latency_ms(operation, to_ms)) for group in groups)
    return Timeline(
        from_ms=from_ms,
        to_ms=to_ms,
        bucket_ms=bucket_ms,
        ok=tuple(counts["ok"]),
        fail=tuple(counts["fail"]),
        info=tuple(counts["info"]),
        every=every,
        operations=tuple(
            (operation.intended_at_ms - from_ms, _latency_ms(operation, to_ms), operation.first)
            for operation in slowest
        ),
    )


def _steadiness(evidence: Evidence) -> Steadiness | None:
    """How steady the run was, if its plan states what that is."""
    stated = Expects.of(evidence.record.meta.expect).steady
    return steadiness(evidence, stated) if stated else None


def _latency_ms(operation: Operation, to_ms: int) -> int:
    """From when it was due until its answer; for an answer that never came, until the end of the picture."""
    return max(0, (operation.ended_at_ms or to_ms) - operation.intended_at_ms)
