"""How soon a run was steady again, in the reports: in the summary, on the page, in the table and in the timeline."""

from __future__ import annotations

import io
from pathlib import Path

import jsonschema
from rich.console import Console

from chaos.checkers.steadiness import Steady
from chaos.judging import judge
from chaos.plan.expect import Expect
from chaos.reporting import ScenarioSummary, summarize, summary_schema
from chaos.reporting.chart import draw
from chaos.reporting.console import print_run
from chaos.reporting.html import render
from tests.checkers.world import World
from tests.checkers.worlds import broken, looked, recovered
from tests.reporting.fake_runs import whole_run


def summed_up(world: World, folder: Path) -> ScenarioSummary:
    record = world.write(folder / "record")
    return summarize(record, judge(record))


def printed(summary: ScenarioSummary) -> str:
    console = Console(file=io.StringIO(), width=200)
    print_run(whole_run([summary]), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_run_that_recovered_says_how_soon_in_every_report(tmp_path: Path) -> None:
    summary = summed_up(recovered(), tmp_path)
    assert summary.steady is not None
    assert (summary.steady.recovered_ms, summary.recovered_in_ms) == (20, 20)
    assert summary.steady_at_ms == summary.steady.healed_at_ms + 20
    run = whole_run([summary])
    jsonschema.validate(run.model_dump(mode="json"), summary_schema())
    page = " ".join(render(run).split())
    assert "of 1 s allowed after the last heal: first good answer 20 ms · p95 back 10 ms · drained 0 ms" in page
    assert "<span>during</span> <b>200 ms</b> <span>100%</span>" in page
    assert " 20 ms " in printed(summary)
    chart = draw(summary)
    assert chart is not None
    assert any(event.title.startswith("steady again") for event in chart.events)


def test_one_that_never_did_says_so(tmp_path: Path) -> None:
    world = World(expect=Expect(checks=("steady_state",), steady=Steady(recovers_within_s=1))).book("o1")
    looked(world, 20)
    broken(world)
    looked(world, 12, took_ms=500)
    summary = summed_up(world, tmp_path)
    assert summary.recovered_in_ms is None
    assert summary.steady_at_ms is None
    page = render(whole_run([summary]))
    assert "<dt>Steady again in</dt><dd>never</dd>" in page
    assert "p95 as it was" in printed(summary)


def test_where_it_is_not_stated_recovery_is_until_nothing_is_pending(tmp_path: Path) -> None:
    summary = summed_up(World().book("o1"), tmp_path)
    assert summary.steady is None
    assert summary.recovered_in_ms == summary.recovery_ms == 500
    assert "Steady again" not in render(whole_run([summary]))
