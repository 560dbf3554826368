"""summary.json: what a run showed, for programs; every other report is drawn from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field, JsonValue

from chaos.checkers.steadiness import Steadiness
from chaos.events import ScenarioEnded
from chaos.evidence.faultlog import Relation
from chaos.evidence.history import Conclusion
from chaos.evidence.record import SOURCES, Source, SourceName
from chaos.model import Frozen
from chaos.plan.spec import Modes
from chaos.system.cases import CaseCounts, CaseStory, Figure, Line, Owed
from chaos.verdict import Finding, Outcome, worst


class OperationCounts(Frozen):
    """Operations by what they turned out to be; `resolved` were `info` at first and have been settled by attaching."""

    total: int
    ok: int
    fail: int
    info: int
    resolved: int
    by_code: dict[str, int]


class ObservationSummary(Frozen):
    """A measurement of a fault's effect; see chaos.evidence.faultlog.Observation."""

    at_ms: int
    measure: str
    source: str
    before: JsonValue
    during: JsonValue
    relation: Relation
    bound: JsonValue
    shows_effect: bool


class FaultSummary(Frozen):
    """One fault of the schedule, when it was on, and by what it was seen. A null time: it never came to that."""

    step: str
    fault: str
    target: str
    injected_at_ms: int | None
    healed_at_ms: int | None
    ready_at_ms: int | None
    recovery_ms: int | None  # from the heal's beginning until the target served again
    observations: tuple[ObservationSummary, ...]
    shows_effect: bool  # at least one observation does
    trouble: str | None = None  # why it could not be injected or healed


class FindingSummary(Finding):
    """A finding with its checker's name and the rows of evidence it points at, in words."""

    checker: str
    case_name: str = "case"
    evidence: tuple[Line, ...] = ()

    @property
    def text(self) -> str:
        """The message with what it is about in front, unless it says so itself."""
        named = self.case or self.subject or ""
        about = f"{self.case_name} {self.case}" if self.case else named
        return f"{about}: {self.message}" if named not in self.message else self.message


class CheckSummary(Frozen):
    """One checker's answer; a list in `details` is cut to a bound, and `rows` says how long it was."""

    checker: str
    outcome: Outcome
    summary: str
    cases: int
    findings: int
    details: dict[str, JsonValue]
    rows: dict[str, int]


class Timeline(Frozen):
    """Operations over time: how many ended in each bucket, and when and for how long each of them (or some) ran.

    When `every` is n > 1, one operation of n is listed: the slowest of them.
    """

    from_ms: int
    to_ms: int
    bucket_ms: int
    ok: tuple[int, ...]
    fail: tuple[int, ...]
    info: tuple[int, ...]
    every: int
    operations: tuple[tuple[int, int, Conclusion], ...]  # due (ms after from_ms), latency (ms), first conclusion


class ScenarioSummary(Frozen):
    """One scenario: what was asked, what broke, what came of it, and what that proves."""

    name: str
    nodeid: str
    story: str
    verdict: Outcome
    seed: int
    backend: str
    modes: Modes = Modes()
    app: str
    versions: dict[str, str]
    started_at_ms: int
    load_ended_at_ms: int | None
    healed_at_ms: int | None
    converged_at_ms: int | None
    ended_at_ms: int
    recovery_ms: int | None  # from the last heal until nothing was pending
    steady: Steadiness | None = None  # null: the plan does not state what steady is, or nothing shows it
    deadline_passed: bool
    pending: tuple[str, ...]
    operations: OperationCounts | None  # null: the history is missing
    case_name: str | None = None  # what its system calls a case; null: it tells of none
    case_done: str = ""  # and what it calls one that came to its good end
    cases: CaseCounts | None  # null: there are none, or the history is missing
    figure: Figure | None = None
    faults: tuple[FaultSummary, ...]
    findings: tuple[FindingSummary, ...]
    findings_total: int  # `findings` lists only the first of each checker
    owed: tuple[Owed, ...] = ()  # what needs a person, whatever the verdict: the plan may expect it
    owed_total: int = 0  # `owed` lists only the first
    checks: tuple[CheckSummary, ...]
    sources: dict[SourceName, Source]
    timeline: Timeline | None
    stories: tuple[CaseStory, ...]
    replay: str
    record: str  # folder, relative to the report's

    @property
    def ending(self) -> ScenarioEnded:
        """What listeners are told when it has been judged."""
        return ScenarioEnded(self.name, self.verdict, self.ended_at_ms - self.started_at_ms)

    @property
    def parties(self) -> list[str]:
        """The third parties whose ledgers are part of the evidence."""
        return [name for name in self.sources if name not in SOURCES]

    @property
    def steady_at_ms(self) -> int | None:
        """When it was steady again."""
        back_ms = self.steady.recovered_ms if self.steady else None
        return None if self.steady is None or back_ms is None else self.steady.healed_at_ms + back_ms

    @property
    def recovered_in_ms(self) -> int | None:
        """From the last heal until the run was steady again, where that is stated; else until nothing was pending."""
        return self.steady.recovered_ms if self.steady else self.recovery_ms


class NotRun(Frozen):
    """A scenario without a verdict: skipped, or broken before it could be judged."""

    name: str
    nodeid: str
    state: Literal["skipped", "errored"]
    reason: str


class RunSummary(Frozen):
    """A whole run. `exit_code`: 0 VALID, 1 INVALID, 3 UNKNOWN."""

    version: Literal[2] = Field(default=2, description="version of this format")
    verdict: Outcome
    exit_code: int
    versions: dict[str, str]  # the tool and what it ran: "nexus-chaos", "restate-server", …
    started_at_ms: int
    ended_at_ms: int
    scenarios: tuple[ScenarioSummary, ...]
    not_run: tuple[NotRun, ...]
    replay: str  # the command that does the whole run again

    @property
    def cases_heading(self) -> str:
        """What the system calls its cases, as a heading; of one that tells of none, calls are counted."""
        name = next((one.case_name for one in self.scenarios if one.case_name), None)
        return f"{name}s".capitalize() if name else "Calls"

    @property
    def figure_heading(self) -> str:
        return next((one.figure.label for one in self.scenarios if one.figure), "")


def run_summary(
    scenarios: Iterable[ScenarioSummary],
    *,
    versions: Mapping[str, str],
    started_at_ms: int,
    ended_at_ms: int,
    replay: str,
    not_run: Iterable[NotRun] = (),
) -> RunSummary:
    """Sums up a run: the worst verdict counts; a scenario that errored is UNKNOWN, a skipped one says nothing."""
    scenarios, not_run = tuple(scenarios), tuple(not_run)
    errored = [Outcome.UNKNOWN for one in not_run if one.state == "errored"]
    verdict = worst([scenario.verdict for scenario in scenarios] + errored)
    return RunSummary(
        verdict=verdict,
        exit_code=verdict.exit_code,
        versions=dict(versions),
        started_at_ms=started_at_ms,
        ended_at_ms=ended_at_ms,
        scenarios=scenarios,
        not_run=not_run,
        replay=replay,
    )


def merge(summaries: Iterable[RunSummary]) -> RunSummary:
    """One summary of the workers of a run, scenarios by node id. Raises ValueError when there is none to merge."""
    runs = list(summaries)
    if not runs:
        raise ValueError("no summary to merge")
    return run_summary(
        sorted((one for run in runs for one in run.scenarios), key=lambda one: one.nodeid),
        not_run=sorted((one for run in runs for one in run.not_run), key=lambda one: one.nodeid),
        versions={name: version for run in runs for name, version in run.versions.items()},
        started_at_ms=min(run.started_at_ms for run in runs),
        ended_at_ms=max(run.ended_at_ms for run in runs),
        replay=runs[0].replay,
    )


def summary_schema() -> dict[str, Any]:
    """The JSON schema of summary.json."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **RunSummary.model_json_schema()}


def schema_text() -> str:
    """The schema as it is published in docs/summary.schema.json."""
    return json.dumps(summary_schema(), indent=2, sort_keys=True) + "\n"
