"""The pytest plugin: the `chaos` fixture, live progress, replay commands, one report for all workers."""

from __future__ import annotations

import asyncio
import inspect
import os
import shlex
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, NoReturn

import pytest
import pytest_asyncio
from rich.console import Console

from chaos.errors import CannotDo, ChaosError
from chaos.events import Event
from chaos.evidence.redaction import without_secrets
from chaos.extensions import load_faults
from chaos.plan.plan import Plan
from chaos.pytest_neighbours import Neighbours
from chaos.pytest_options import Chosen, add_options
from chaos.reporting.console import ConsoleReporter, print_run
from chaos.reporting.legible import PLAINLY
from chaos.reporting.summary import NotRun, RunSummary, ScenarioSummary, merge, run_summary
from chaos.restate_server import restate_server  # noqa: F401 - the fixture of that name
from chaos.session import DEFAULT_SYSTEM, Config, Session, check_app, modes, new_run_folder, publish, run_name
from chaos.verdict import Outcome

MARKER = "chaos: breaks a running stack on purpose and proves what held (select with -m chaos)"
LOG_WIDTH = 120  # columns of a table when there is no terminal to take the width from
TOLD = "chaos_scenario"  # under this name a worker's test report carries what was proven
REFUSED = "chaos_refused"  # and under this one, why its run cannot continue


_terminal_fd = 1


def pytest_addoption(parser: pytest.Parser) -> None:
    global _terminal_fd  # noqa: PLW0603 - the one moment before pytest begins to capture what is written to fd 1
    _terminal_fd = os.dup(1)
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    try:
        chaos_run = ChaosRun(config)
    except ChaosError as error:
        pytest.exit(str(error), returncode=error.exit_code)
    config.pluginmanager.register(chaos_run, "nexus_chaos_run")


class ChaosRun:
    """What one pytest process knows about its run: results, the run's folder, and who writes the report."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._started_ms = time.time_ns() // 1_000_000
        load_faults()
        self._chosen = chosen = Chosen(config)
        self.chaos_config = Config(
            system=chosen["system"],
            app=chosen["app"],
            older_app=chosen["older-app"],
            seed=chosen["seed"],
            backend=chosen["backend"],
            modes=modes(chosen["always-replay"], chosen["protocol"], chosen["nodes"]),
        )
        self._keep: int = chosen["keep"]
        self._reports: Path = chosen["report"]
        self._worker: dict[str, Any] | None = getattr(config, "workerinput", None)
        self._name = self._worker["chaos_run"] if self._worker else run_name()
        self._folder: Path | None = None
        self._summaries: list[ScenarioSummary] = []
        self._not_run: list[NotRun] = []
        self._from_workers: list[RunSummary] = []
        self._crashed: list[NotRun] = []
        self._refused = ""
        self.report: Path | None = None
        self.run: RunSummary | None = None
        self._terminal = _terminal()
        self._progress = ConsoleReporter(self._terminal)
        self._neighbours = Neighbours()
        config.pluginmanager.register(self._neighbours, "nexus_chaos_neighbours")

    def pytest_report_header(self) -> list[str]:
        """What was set, and where."""
        return self._chosen.header

    @property
    def folder(self) -> Path:
        """The run's folder, created when the first scenario needs it."""
        if self._folder is None:
            self._folder = new_run_folder(self._reports, self._name)
        return self._folder

    def listen(self, event: Event) -> None:
        """Progress is shown only by the process that owns the terminal."""
        if self._worker is None:
            self._progress(event)

    def replay(self, nodeid: str) -> str:
        """The one command that reruns a scenario exactly as it was."""
        command = ["pytest", "-m", "chaos", nodeid, "--chaos-seed", str(self.chaos_config.seed)]
        if self.chaos_config.system != DEFAULT_SYSTEM:
            command += ["--chaos-system", self.chaos_config.system]
        if self.chaos_config.app:
            command += ["--chaos-app", self.chaos_config.app]
        if self.chaos_config.older_app:
            command += ["--chaos-older-app", self.chaos_config.older_app]
        if self.chaos_config.backend != "process":
            command += ["--chaos-backend", self.chaos_config.backend]
        command += self.chaos_config.modes.options("--chaos-")
        return shlex.join(command)

    def refuse(self, error: ChaosError) -> NoReturn:
        """Ends the run because of bad input; a worker cannot, so it says why and leaves it to the controller."""
        self._refused = str(error)
        if self._worker is None:
            pytest.exit(self._refused, returncode=error.exit_code)
        raise pytest.fail.Exception(self._refused, pytrace=False) from None

    def stop_if_refused(self) -> None:
        """Fails a test at once if it would only be refused again."""
        if self._refused:
            pytest.fail(self._refused, pytrace=False)

    def add(self, node: pytest.Item, summary: ScenarioSummary) -> None:
        """Keeps a result for the report; a worker also attaches it to pytest's own report, to be shown at once."""
        self._summaries.append(summary.model_copy(update={"nodeid": node.nodeid}))
        if self._worker is not None:
            node.user_properties.append((TOLD, summary.model_dump_json()))

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_pycollect_makeitem(self) -> Iterator[None]:
        """Scenarios share one event loop, as they share stacks. Set before pytest-asyncio looks, in either mode."""
        outcome: Any = yield
        made = outcome.get_result()
        for item in made if isinstance(made, list) else [made]:
            if not isinstance(item, pytest.Function) or not inspect.iscoroutinefunction(item.function):
                continue
            if item.get_closest_marker("chaos"):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """No scenario may depend on what ran before it: every order must work."""
        if self._chosen["shuffle"]:
            items.sort(key=lambda item: item.nodeid)  # pytest-randomly may have been here before
            Random(self.chaos_config.seed).shuffle(items)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[None]:
        outcome: Any = yield
        report: pytest.TestReport = outcome.get_result()
        if self._refused:
            report.user_properties.append((REFUSED, self._refused))
        if not item.get_closest_marker("chaos"):
            return
        _hide_secrets(report)
        proven = [each.verdict for each in self._summaries if each.nodeid == item.nodeid]
        in_report = any(verdict is not Outcome.VALID for verdict in proven)
        if (report.skipped and not proven) or (report.failed and not in_report):  # including failures beside a VALID
            state = "skipped" if report.skipped else "errored"
            self._not_run.append(NotRun(name=item.name, nodeid=item.nodeid, state=state, reason=_reason(report)))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["chaos_run"] = self._name

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        output = getattr(node, "workeroutput", {})
        self._refused = self._refused or output.get("chaos_refused", "")
        if "chaos_summary" in output:
            self._from_workers.append(RunSummary.model_validate_json(output["chaos_summary"]))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Shows what a worker has proven, and ends the run that one refuses.

        A worker that crashed took its results with it: the report must say so.
        """
        if self._worker is not None:
            return
        for why in (value for name, value in report.user_properties if name == REFUSED):
            self._refused = str(why)
            pytest.exit(self._refused, returncode=ChaosError.exit_code)
        told = [str(value) for name, value in report.user_properties if name == TOLD and report.when == "call"]
        for summary in told:
            self._progress(ScenarioSummary.model_validate_json(summary).ending)
        report.user_properties = [each for each in report.user_properties if each[0] != TOLD]  # not for junit.xml
        if str(report.when) == "???":  # xdist's own marker for it
            reason = f"its worker crashed: {report.longreprtext}"
            name = report.nodeid.rsplit("::", 1)[-1]
            self._crashed.append(NotRun(name=name, nodeid=report.nodeid, state="errored", reason=reason))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Workers hand their results to the controller; a process that is not a worker writes the report."""
        own = self._own_summary()
        if self._worker is not None:
            output: dict[str, str] = self._config.workeroutput  # type: ignore[attr-defined]
            output |= {"chaos_summary": own.model_dump_json(), "chaos_refused": self._refused}
            return
        if self._refused:
            session.exitstatus = ChaosError.exit_code
            return
        run = merge([own, *self._from_workers]) if self._from_workers else own
        if run.scenarios or run.not_run:
            session.exitstatus = self._neighbours.exit_status(session.exitstatus, run)
            self.run = run
            self.report = publish(self._reports, self.folder, run, self._keep)

    def _own_summary(self) -> RunSummary:
        return run_summary(
            self._summaries,
            versions=dict(self._summaries[0].versions) if self._summaries else {},
            started_at_ms=self._started_ms,
            ended_at_ms=time.time_ns() // 1_000_000,
            replay=shlex.join(["pytest", *map(str, self._config.invocation_params.args)]),
            not_run=self._not_run + self._crashed,
        )

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        self._progress.close()
        if self.run is not None:
            terminalreporter.ensure_newline()
            terminalreporter.flush()
            print_run(self.run, self._terminal)
            self._terminal.file.flush()
            terminalreporter.write_line(f"chaos report: {self.report}")


class Chaos:
    """What scenarios are written against: `await chaos.prove(PLAN)`."""

    def __init__(self, session: Session, run: ChaosRun, node: pytest.Item) -> None:
        self._session = session
        self._run = run
        self._node = node
        self._task: asyncio.Task[Any] | None = None

    async def prove(self, plan: Plan) -> ScenarioSummary:
        """Runs the plan with the session's seed; fails the test unless its verdict is VALID."""
        self._task = asyncio.current_task()
        replay = self._run.replay(self._node.nodeid)
        self._run.stop_if_refused()
        try:
            summary = await self._session.prove(
                plan.model_copy(update={"seed": self._session.config.seed}), replay=replay
            )
        except CannotDo as error:
            pytest.skip(str(error))
        except ChaosError as error:
            self._run.refuse(error)
        self._run.add(self._node, summary)
        if summary.verdict is not Outcome.VALID:
            pytest.fail(_failure_text(summary, self._run.folder), pytrace=False)
        return summary

    async def end(self) -> None:
        """Ends a test that was only cut off, as pytest-timeout does it: its load would go on beside the next one's."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})


def _failure_text(summary: ScenarioSummary, folder: Path) -> str:
    lines = [f"{summary.name} is {summary.verdict}"]
    lines += [f"  {finding.outcome} {finding.checker}: {finding.text}" for finding in summary.findings]
    lines += [f"  record: {folder / summary.record}", f"  replay: {summary.replay}"]
    return "\n".join(lines)


@pytest.fixture(scope="session")
def chaos_app(request: pytest.FixtureRequest) -> str:
    """The app under test, as the option names it; a conftest may override this fixture."""
    run: ChaosRun = request.config.pluginmanager.getplugin("nexus_chaos_run")
    try:
        return run.chaos_config.running
    except ChaosError as error:
        run.refuse(error)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def chaos_session(request: pytest.FixtureRequest, chaos_app: str) -> AsyncIterator[Session]:
    """The session that all scenarios of this process share."""
    run: ChaosRun = request.config.pluginmanager.getplugin("nexus_chaos_run")
    async with AsyncExitStack() as stack:
        try:
            check_app(chaos_app, "the fixture chaos_app")
            config = replace(run.chaos_config, app=chaos_app)
            session = await stack.enter_async_context(Session.open(config, run.folder, run.listen))
        except ChaosError as error:
            run.refuse(error)
        yield session


@pytest.fixture
def _is_marked(request: pytest.FixtureRequest) -> None:
    """Without the mark a test has its own event loop, in which the shared stack cannot be used."""
    if not request.node.get_closest_marker("chaos"):
        pytest.fail(f"{request.node.name} uses `chaos`: mark it with @pytest.mark.chaos", pytrace=False)


@pytest_asyncio.fixture(loop_scope="session")
async def chaos(
    _is_marked: None, chaos_session: Session, chaos_app: str, request: pytest.FixtureRequest
) -> AsyncIterator[Chaos]:
    """Proves plans: `await chaos.prove(PLAN)` in an async test marked `chaos`."""
    if chaos_app != chaos_session.config.running:
        pytest.fail(
            f"a run has only one app: {chaos_session.config.running} runs, but {chaos_app} was asked for",
            pytrace=False,
        )
    given = Chaos(chaos_session, request.config.pluginmanager.getplugin("nexus_chaos_run"), request.node)
    yield given
    await given.end()


def _hide_secrets(report: pytest.TestReport) -> None:
    """With a traceback pytest shows arguments, and next to it what was printed."""
    report.sections = [(title, without_secrets(text)) for title, text in report.sections]
    shown = without_secrets(report.longreprtext)
    if shown != report.longreprtext:
        report.longrepr = shown


def _reason(report: pytest.TestReport) -> str:
    """Why a test did not run: the message, without the line of this file that raised it."""
    if isinstance(report.longrepr, tuple):  # pytest's form of a skip: path, line, reason
        return report.longrepr[2].removeprefix("Skipped: ")
    return report.longreprtext


def _terminal() -> Console:
    """Writes to where pytest itself writes, even while it captures a test's output."""
    encoding = getattr(sys.__stdout__, "encoding", None) or "utf-8"
    file = os.fdopen(os.dup(_terminal_fd), "w", encoding=encoding, errors=PLAINLY, closefd=False)
    return Console(file=file, width=None if file.isatty() else LOG_WIDTH)
