"""The terminal: live progress where someone is watching, plain lines in CI, and the verdict table at the end."""

from __future__ import annotations

import os
from types import TracebackType

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from chaos.events import Event, FaultChanged, PhaseChanged, Progress, ScenarioEnded, ScenarioStarted
from chaos.reporting.chart import span
from chaos.reporting.legible import legible
from chaos.reporting.summary import RunSummary, ScenarioSummary
from chaos.verdict import Outcome

STYLES = {Outcome.VALID: "bold green", Outcome.INVALID: "bold white on red", Outcome.UNKNOWN: "bold black on yellow"}
MARKS = {Outcome.VALID: "✓ VALID", Outcome.INVALID: "✕ INVALID", Outcome.UNKNOWN: "? UNKNOWN"}
FINDINGS = 5
QUARTERS = 4


class ConsoleReporter:
    """A listener that shows how far a run is. Give it to the engine; close it (or use `with`) when the run is over."""

    def __init__(self, console: Console | None = None, *, live: bool | None = None) -> None:
        """`live` chooses between the moving line and plain ones; by default it moves on a terminal outside CI."""
        self._console = console or Console()
        moving = self._console.is_terminal and not os.environ.get("CI") if live is None else live
        self._name, self._phase = "", ""
        self._progress = Progress(0, 0, 0)
        self._faults: dict[str, str] = {}
        self._quarter = 0
        self._live = self._moving_line() if moving else None

    def _moving_line(self) -> Live:
        """It keeps its hands off stdout and stderr: under pytest they are captured."""
        return Live(
            console=self._console,
            get_renderable=self._line,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> ConsoleReporter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Takes the moving line away."""
        if self._live:
            self._live.stop()

    def __call__(self, event: Event) -> None:
        match event:
            case ScenarioStarted():
                self._started(event)
            case PhaseChanged():
                self._phase = event.phase
                self._plain(event.phase)
            case Progress():
                self._progressed(event)
            case FaultChanged():
                self._fault_changed(event)
            case ScenarioEnded():
                self._ended(event)

    def _started(self, event: ScenarioStarted) -> None:
        self._name, self._phase, self._quarter = event.name, "start", 0
        self._progress = Progress(0, event.operations, 0)
        self._faults.clear()
        if self._live:
            self._live.start()
        self._plain(f"seed {event.seed}, {event.operations} operations")

    def _progressed(self, event: Progress) -> None:
        self._progress = event
        quarter = event.done * QUARTERS // event.total if event.total else 0
        if quarter > self._quarter:
            self._quarter = quarter
            self._plain(f"{event.done} of {event.total} operations, {event.per_second:.0f}/s")

    def _fault_changed(self, event: FaultChanged) -> None:
        if event.phase == "injected":
            self._faults[event.step] = f"{event.fault} {event.target}"
        elif event.phase == "healed":
            self._faults.pop(event.step, None)
        if event.phase in ("injected", "healed", "ready", "failed"):
            self._plain(f"{event.fault} {event.target}: {event.phase}")

    def _ended(self, event: ScenarioEnded) -> None:
        if self._live:
            self._live.stop()
        self._console.print(Text.assemble(_mark(event.verdict), f" {legible(event.name)} in {span(event.took_ms)}"))

    def _plain(self, text: str) -> None:
        if not self._live:
            said = f"{self._name}: {text}" if self._name else text
            self._console.print(Text(legible(said)), soft_wrap=True)

    def _line(self) -> RenderableType:
        """The moving line: scenario, phase, how far, how fast, and what is broken now."""
        done, total = self._progress.done, self._progress.total
        line = Table.grid(padding=(0, 2))
        line.add_row(
            Text(legible(self._name), "bold"),
            Text(legible(self._phase), "cyan"),
            ProgressBar(total=max(total, 1), completed=done, width=24),
            Text(f"{done}/{total}  {self._progress.per_second:.0f}/s"),
            Text(legible("fault on: " + ", ".join(self._faults.values())), "bold yellow") if self._faults else Text(""),
        )
        return line


def print_run(run: RunSummary, console: Console | None = None) -> None:
    """Prints the verdict table, what needs a person and, for what is not VALID, findings and how to see them again."""
    console = console or Console()
    console.print(verdict_table(run))
    for scenario in run.scenarios:
        for line in _owed(scenario):
            console.print(Text(legible(f"{scenario.name}: {line}")), soft_wrap=True)
    for scenario in run.scenarios:
        if scenario.verdict is not Outcome.VALID:
            console.print(_explanation(scenario), soft_wrap=True)
    for one in run.not_run:
        reason = one.reason.partition("\n")[0] if one.state == "skipped" else one.reason
        console.print(Text(legible(f"{one.state} {one.name}: {reason}")), soft_wrap=True)
    console.print(Text.assemble("overall ", _mark(run.verdict)))


def verdict_table(run: RunSummary) -> Table:
    """One row a scenario: what it proved, and from how much."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("Scenario", "Verdict", run.cases_heading, run.figure_heading, "Faults", "Recovered", "Took"):
        words = heading in ("Scenario", "Verdict")
        table.add_column(heading, justify="left" if words else "right", no_wrap=words, overflow="fold")
    for scenario in run.scenarios:
        seen = sum(fault.shows_effect for fault in scenario.faults)
        table.add_row(
            Text(legible(scenario.name)),
            _mark(scenario.verdict),
            _cases(scenario),
            _figure(scenario),
            f"{seen} of {len(scenario.faults)}" if scenario.faults else "–",
            "–" if scenario.recovered_in_ms is None else span(scenario.recovered_in_ms),
            span(scenario.ended_at_ms - scenario.started_at_ms),
        )
    return table


def _cases(scenario: ScenarioSummary) -> str:
    """How many cases came to their good end; for a system that has none, how many calls were answered ok."""
    if scenario.cases:
        return f"{scenario.cases.done} of {scenario.cases.total}"
    if scenario.case_name or scenario.operations is None:
        return "missing"
    return f"{scenario.operations.ok} ok of {scenario.operations.total} calls"


def _figure(scenario: ScenarioSummary) -> str:
    if scenario.figure is None:
        return "–"
    return scenario.figure.short or "missing"


def _owed(scenario: ScenarioSummary) -> list[str]:
    lines = [each.text for each in scenario.owed[:FINDINGS]]
    more = scenario.owed_total - len(lines)
    return [*lines, f"… and {more} more that need a person"] if more else lines


def _explanation(scenario: ScenarioSummary) -> Text:
    lines = [f"  {finding.checker}: {finding.text}" for finding in scenario.findings[:FINDINGS]]
    if scenario.findings_total > FINDINGS:
        lines.append(f"  … and {scenario.findings_total - FINDINGS} more findings in the report")
    if not scenario.findings:
        lines = [f"  {check.checker}: {check.summary}" for check in scenario.checks if check.outcome != Outcome.VALID]
    lines += [f"  still open at the end: {what}" for what in scenario.pending]
    lines.append(f"  replay: {scenario.replay}")
    return Text.assemble("\n", _mark(scenario.verdict), legible(f" {scenario.name}\n" + "\n".join(lines)))


def _mark(outcome: Outcome) -> Text:
    return Text(MARKS[outcome], STYLES[outcome])
