"""What needs a person stands in every report: also where the plan expects it, and the verdict is VALID."""

from __future__ import annotations

import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from chaos.judging import judge
from chaos.plan.expect import Expect
from chaos.reporting import RunSummary, html, junit, summarize
from chaos.reporting.console import print_run
from chaos.verdict import Outcome
from tests.checkers.world import World
from tests.checkers.worlds import owed
from tests.reporting.fake_runs import whole_run

SAID = "order owed needs a person: its refund failed: POST /v1/refunds: 500"
CHECKS = ("exactly_once_charge", "saga_complete", "needs_a_person")


def run_of(world: World, folder: Path) -> RunSummary:
    view = {"name": "refund", "outcome": "failed", "detail": "needs a person: POST /v1/refunds: 500"}
    world.views["Checkout/owed/status"] = {"compensations": [view]}
    record = world.write(folder / "record")
    return whole_run([summarize(record, judge(record))])


def reports(run: RunSummary) -> dict[str, str]:
    console = Console(file=io.StringIO(), width=200)
    print_run(run, console)
    assert isinstance(console.file, io.StringIO)
    properties = ElementTree.fromstring(junit.render(run)).iter("property")
    return {
        "console": console.file.getvalue(),
        "html": " ".join(html.render(run).split()),
        "junit": "\n".join(each.get("value", "") for each in properties if each.get("name") == "needs_a_person"),
        "json": json.dumps(run.model_dump(mode="json")["scenarios"][0]["owed"]),
    }


@pytest.mark.parametrize("foreseen", [True, False])
def test_every_report_names_the_order_and_what_failed(foreseen: bool, tmp_path: Path) -> None:
    expect = owed().meta["expect"] if foreseen else Expect()
    run = run_of(owed(expect=expect.model_copy(update={"checks": CHECKS})), tmp_path)
    assert run.verdict is (Outcome.VALID if foreseen else Outcome.UNKNOWN)
    told = reports(run)
    assert SAID in told["console"]
    assert f"<p>{SAID}</p>" in told["html"]
    assert "Compensations that failed and need a person: 1." in told["html"]
    assert told["junit"] == SAID
    assert json.loads(told["json"]) == [
        {"case": "owed", "step": "refund", "said": "needs a person: POST /v1/refunds: 500", "name": "order"}
    ]
    (scenario,) = run.scenarios
    assert [story.chosen for story in scenario.stories if story.case == "owed"] == [
        "needs a person" if foreseen else "finding"
    ]


def test_of_many_the_first_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    run = run_of(owed(), tmp_path)
    (scenario,) = run.scenarios
    told = reports(run.model_copy(update={"scenarios": (scenario.model_copy(update={"owed_total": 60}),)}))
    assert "… and 59 more that need a person" in told["console"]
    assert '<p class="muted">and 59 more</p>' in told["html"]


def test_a_run_that_owes_nothing_says_nothing_of_it(tmp_path: Path) -> None:
    record = World().book("o1").write(tmp_path / "record")
    run = whole_run([summarize(record, judge(record))])
    assert not any("person" in told for told in reports(run).values())
