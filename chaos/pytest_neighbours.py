"""Other plugins in the same pytest: what they must not change of a scenario, nor of what the exit code says."""

from __future__ import annotations

import inspect

import pytest

from chaos.reporting import RunSummary
from chaos.verdict import Outcome

NEED_SOCKETS = frozenset({"chaos", "chaos_session", "restate_server"})
STOPPED_BY_A_FAILURE = ("stopping after ", "Test failed, continuing from this test")  # xdist's -x; --stepwise


class Neighbours:
    """Keeps AnyIO and pytest-socket away from scenarios, and knows what a swallowed failure means for the exit code."""

    def __init__(self) -> None:
        self._failed = False
        self._stopped = False
        self._expected: set[str] = set()

    @pytest.hookimpl
    def pytest_pycollect_makeitem(self, collector: pytest.Collector, obj: object) -> None:
        """With `anyio_mode = auto` every async test would run in a loop of AnyIO's, where no shared stack can be used.

        Called after AnyIO has asked for that loop, and before the item is made.
        """
        marks: list[pytest.Mark] = getattr(obj, "pytestmark", [])
        is_scenario = collector.get_closest_marker("chaos") or any(mark.name == "chaos" for mark in marks)
        if is_scenario and inspect.iscoroutinefunction(obj):
            obj.pytestmark = [  # type: ignore[attr-defined]
                mark for mark in marks if (mark.name, mark.args) != ("usefixtures", ("anyio_backend",))
            ]

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """pytest-socket's --disable-socket is meant for other tests: a scenario is nothing without its stack."""
        if not config.pluginmanager.has_plugin("socket"):
            return
        for item in items:
            if NEED_SOCKETS & set(getattr(item, "fixturenames", ())):
                item.add_marker(pytest.mark.enable_socket)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes which tests failed, and of which that was expected (xfail)."""
        self._failed = self._failed or report.failed
        if hasattr(report, "wasxfail"):
            self._expected.add(report.nodeid)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Notes whether it was a failure that ended the run, rather than a person."""
        self._stopped = str(excinfo.value).startswith(STOPPED_BY_A_FAILURE)

    def exit_status(self, status: int, run: RunSummary) -> int:
        """What pytest's exit status has to be after this run: never 0 after a failure, and 2 is for bad input alone.

        A scenario that is run again until it is VALID (by pytest-rerunfailures, by flaky) has failed all the same; one
        that is marked xfail may fail.
        """
        if status == pytest.ExitCode.INTERRUPTED and self._stopped and self._failed:
            return pytest.ExitCode.TESTS_FAILED
        if status != pytest.ExitCode.OK:
            return status
        if run.not_run and not run.scenarios and all(one.state == "skipped" for one in run.not_run):
            return run.exit_code  # nothing was proven
        doubtful = [one.nodeid for one in run.scenarios if one.verdict is not Outcome.VALID]
        doubtful += [one.nodeid for one in run.not_run if one.state == "errored"]
        return pytest.ExitCode.TESTS_FAILED if set(doubtful) - self._expected else status
