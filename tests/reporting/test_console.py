"""The terminal: what is said while a run lasts, and the table at its end."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from chaos.events import FaultChanged, PhaseChanged, Progress, ScenarioStarted
from chaos.reporting import NotRun
from chaos.reporting.console import ConsoleReporter, print_run
from tests.reporting.fake_runs import Simulation, small_simulations, summed_up, whole_run


def plain() -> Console:
    return Console(file=io.StringIO(), width=100)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def play(reporter: ConsoleReporter, tmp_path: Path) -> None:
    with reporter:
        reporter(ScenarioStarted("worker_restart", 7, 40))
        reporter(PhaseChanged("load"))
        for done in range(0, 41, 5):
            reporter(Progress(done, 40, 61.4))
        reporter(FaultChanged("die", "kill", "endpoint-0", "intended"))
        reporter(FaultChanged("die", "kill", "endpoint-0", "injected"))
        reporter(FaultChanged("die", "kill", "endpoint-0", "healed"))
        reporter(summed_up(Simulation("worker_restart"), tmp_path).ending)


def test_in_ci_every_change_is_a_line_and_progress_is_rare(tmp_path: Path) -> None:
    console = plain()
    play(ConsoleReporter(console), tmp_path)
    assert said(console).splitlines() == [
        "worker_restart: seed 7, 40 operations",
        "worker_restart: load",
        "worker_restart: 10 of 40 operations, 61/s",
        "worker_restart: 20 of 40 operations, 61/s",
        "worker_restart: 30 of 40 operations, 61/s",
        "worker_restart: 40 of 40 operations, 61/s",
        "worker_restart: kill endpoint-0: injected",
        "worker_restart: kill endpoint-0: healed",
        "✓ VALID worker_restart in 1.28 s",
    ]


def test_ci_is_plain_even_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    console = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)
    play(ConsoleReporter(console), tmp_path)
    assert "\x1b[" not in said(console)
    assert "10 of 40 operations" in said(console)


def test_on_a_terminal_one_line_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    console = Console(file=io.StringIO(), force_terminal=True, width=120, color_system=None)
    reporter = ConsoleReporter(console)
    reporter(ScenarioStarted("worker_restart", 7, 40))
    reporter(PhaseChanged("load"))
    reporter(Progress(10, 40, 61.4))
    reporter(FaultChanged("die", "kill", "endpoint-0", "injected"))
    look = Console(file=io.StringIO(), width=120)
    look.print(reporter._line())
    line = said(look)
    for part in ("worker_restart", "load", "10/40", "61/s", "fault on: kill endpoint-0"):
        assert part in line
    reporter(FaultChanged("die", "kill", "endpoint-0", "healed"))
    look.print(reporter._line())
    assert "fault on" not in said(look).removeprefix(line)
    reporter(summed_up(Simulation("worker_restart"), tmp_path).ending)
    reporter(ScenarioStarted("next", 7, 10))
    reporter.close()
    assert "✓ VALID worker_restart" in said(console)
    assert "next" in said(console)


def test_the_table_and_what_to_do_next(tmp_path: Path) -> None:
    console = plain()
    skipped = NotRun(name="partition", nodeid="p", state="skipped", reason="needs [docker]\n  allowed: the rest")
    scenarios = [summed_up(simulation, tmp_path) for simulation in small_simulations()]
    print_run(whole_run(scenarios, not_run=[skipped]), console)
    text = said(console)
    for scenario in scenarios:
        row = next(line for line in text.splitlines() if line.startswith(scenario.name))
        assert scenario.verdict in row
    assert "exactly_once_charge: order " in text
    assert "replay: pytest -m chaos 'scenarios/charge_window_kill.py::test_charge_window_kill' --chaos-seed 7" in text
    assert "replay: pytest -m chaos 'scenarios/baseline.py" not in text
    assert "skipped partition: needs [docker]\noverall" in text
    assert text.rstrip().endswith("overall ✕ INVALID")


def test_what_a_run_says_cannot_move_the_cursor(tmp_path: Path) -> None:
    scenario = summed_up(Simulation("one", charged_twice=1), tmp_path)
    finding = scenario.findings[0].model_copy(update={"message": "\x1b[2J[bold]gone[/bold]\x9b1A\u202e"})
    console = plain()
    print_run(whole_run([scenario.model_copy(update={"findings": (finding,)})]), console)
    assert "�[2J[bold]gone[/bold]�1A�" in said(console)
