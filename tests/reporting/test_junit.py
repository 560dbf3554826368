"""junit.xml: one case a scenario; what is not VALID never looks like a pass; always well-formed."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from chaos.reporting import NotRun, RunSummary
from chaos.reporting.junit import render
from tests.reporting.fake_runs import Simulation, small_simulations, summed_up, whole_run


@pytest.fixture
def run(tmp_path: Path) -> RunSummary:
    skipped = NotRun(name="partition", nodeid="scenarios/p.py::test_p", state="skipped", reason="needs docker")
    broken = NotRun(name="no_app", nodeid="scenarios/n.py::test_n", state="errored", reason="did not start")
    scenarios = [summed_up(simulation, tmp_path) for simulation in small_simulations()]
    return whole_run(scenarios, not_run=[skipped, broken])


def test_each_scenario_is_a_case_with_its_verdict(run: RunSummary) -> None:
    root = ElementTree.fromstring(render(run))
    cases = {case.get("name"): case for case in root.iter("testcase")}
    shapes = {name: [part.tag for part in case if part.tag != "properties"] for name, case in cases.items()}
    assert shapes == {
        "baseline": [],
        "charge_window_kill": ["failure"],
        "gateway_402": [],
        "gateway_timeout": ["error"],
        "worker_restart": ["error"],
        "partition": ["skipped"],
        "no_app": ["error"],
    }
    (suite,) = root
    assert [suite.get(total) for total in ("tests", "failures", "errors", "skipped")] == ["7", "1", "3", "1"]
    assert cases["baseline"].get("classname") == "scenarios.baseline"
    assert cases["gateway_timeout"].find("error").get("type") == "UNKNOWN"


def test_a_failure_says_what_was_found_and_how_to_see_it_again(run: RunSummary) -> None:
    root = ElementTree.fromstring(render(run))
    failure = root.find(".//failure")
    assert failure is not None
    assert "captured 2 times" in failure.get("message", "")
    assert failure.text is not None
    assert "INVALID exactly_once_charge: order " in failure.text
    assert "replay: pytest -m chaos 'scenarios/charge_window_kill.py" in failure.text


def test_characters_that_xml_cannot_hold_do_no_harm(tmp_path: Path) -> None:
    ugly = "a\x00b\x1b[31mc\ud800d\uffffe<&>\"'"
    scenario = summed_up(Simulation("one", charged_twice=1), tmp_path)
    finding = scenario.findings[0].model_copy(update={"message": ugly, "checker": ugly})
    scenario = scenario.model_copy(update={"name": ugly, "findings": (finding,), "replay": ugly, "nodeid": ugly})
    broken = NotRun(name=ugly, nodeid=ugly, state="errored", reason=ugly)
    root = ElementTree.fromstring(render(whole_run([scenario], not_run=[broken])))
    case = root.find(".//testcase")
    assert case is not None
    assert case.get("name") == "a�b�[31mc�d�e<&>\"'"
