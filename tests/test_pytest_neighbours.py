"""The exit status after a run, whoever swallowed a failure or put another number in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.pytest_neighbours import Neighbours
from chaos.reporting import NotRun, RunSummary
from chaos.verdict import Outcome
from tests.reporting.fake_runs import Simulation, summed_up, whole_run

OK, FAILED, INTERRUPTED, NOTHING_PROVEN = 0, 1, 2, 3
NODE = "test_theirs.py::test_it"


def proven(folder: Path, *verdicts: Outcome) -> RunSummary:
    """The summary of a run in which one scenario got these verdicts, one after another."""
    summary = summed_up(Simulation("it", orders=2, seats=2, clients=1), folder)
    return whole_run([summary.model_copy(update={"verdict": each, "nodeid": NODE}) for each in verdicts])


def not_run(state: str) -> RunSummary:
    return whole_run([], not_run=[NotRun.model_validate({"name": "it", "nodeid": NODE, "state": state, "reason": ""})])


def reported(outcome: str, **more: object) -> pytest.TestReport:
    report = pytest.TestReport(NODE, ("test_theirs.py", 1, "test_it"), {}, outcome, None, "call")  # type: ignore[arg-type]
    vars(report).update(more)
    return report


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([Outcome.VALID], OK),
        ([Outcome.INVALID, Outcome.VALID], FAILED),
        ([Outcome.UNKNOWN, Outcome.VALID], FAILED),
        ([Outcome.VALID, Outcome.INVALID], FAILED),
    ],
)
def test_what_was_run_again_until_it_passed_has_failed(verdicts: list[Outcome], status: int, tmp_path: Path) -> None:
    neighbours = Neighbours()
    neighbours.pytest_runtest_logreport(reported("rerun"))
    neighbours.pytest_runtest_logreport(reported("passed"))
    assert neighbours.exit_status(OK, proven(tmp_path, *verdicts)) == status


def test_what_was_expected_to_fail_may_fail(tmp_path: Path) -> None:
    neighbours = Neighbours()
    neighbours.pytest_runtest_logreport(reported("skipped", wasxfail="a known bug"))
    assert neighbours.exit_status(OK, proven(tmp_path, Outcome.INVALID)) == OK


def test_what_broke_has_failed_and_where_all_was_skipped_nothing_is_known() -> None:
    assert Neighbours().exit_status(OK, not_run("errored")) == FAILED
    assert Neighbours().exit_status(OK, not_run("skipped")) == NOTHING_PROVEN


@pytest.mark.parametrize(
    ("said", "failed", "status"),
    [
        ("stopping after 1 failures", True, FAILED),
        ("Test failed, continuing from this test next run.", True, FAILED),
        ("stopping after 1 failures", False, INTERRUPTED),  # of collection
        ("", True, INTERRUPTED),  # Ctrl-C
        ("gw0 received keyboard-interrupt", True, INTERRUPTED),
    ],
)
def test_only_a_run_that_a_failure_stopped_has_failed(said: str, failed: bool, status: int, tmp_path: Path) -> None:
    neighbours = Neighbours()
    neighbours.pytest_runtest_logreport(reported("failed" if failed else "passed"))
    with pytest.raises(KeyboardInterrupt) as stop:
        raise KeyboardInterrupt(said)
    neighbours.pytest_keyboard_interrupt(stop)
    assert neighbours.exit_status(INTERRUPTED, proven(tmp_path, Outcome.INVALID)) == status


@pytest.mark.parametrize("status", [2, 3, 4, 5])
def test_any_other_status_stays(status: int, tmp_path: Path) -> None:
    assert Neighbours().exit_status(status, proven(tmp_path, Outcome.INVALID)) == status
