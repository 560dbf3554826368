"""A suite of somebody's own whose stack is played: what is tried is pytest, our plugin and the machine around them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from chaos.plan.plan import Plan
from chaos.reporting import ScenarioSummary
from chaos.session import Session
from chaos.verdict import Outcome
from tests.reporting.fake_runs import Simulation, summed_up

ROOT = Path(__file__).parents[1]
CONFTEST = """
from chaos.session import Session
from tests.fake_session import prove

Session.prove = prove
"""
INI = """
[pytest]
asyncio_default_fixture_loop_scope = function
"""
HEAD = """
import pytest
from booking.workloads import Booking
from chaos import Plan

def plan(name, *verdicts):
    return Plan(name=name, story=" ".join(verdicts), workload=Booking(orders=1, seats=1))
"""
SCENARIO = """
@pytest.mark.chaos
async def test_{name}(chaos):
    await chaos.prove(plan("{name}", {verdicts}))
"""
_attempts: dict[str, int] = {}


async def prove(session: Session, plan: Plan, *, replay: str) -> ScenarioSummary:
    """In place of Session.prove: the verdicts stand in the plan's story, one for each attempt; one is "never"."""
    number = _attempts[plan.name] = _attempts.get(plan.name, -1) + 1
    verdicts = plan.story.split()
    verdict = verdicts[min(number, len(verdicts) - 1)]
    if verdict == "never":
        try:
            await asyncio.Event().wait()
        finally:
            print(f"{plan.name} was ended")
    folder = session.folder / f"{plan.name}-{number}"
    summary = summed_up(Simulation(plan.name, orders=4, seats=4, clients=2), folder)
    summary = summary.model_copy(update={"verdict": Outcome(verdict), "replay": replay})
    session._tell(summary.ending)
    return summary


def write_suite(folder: Path, **verdicts: str) -> Path:
    """A suite with a scenario for each name, which gets these verdicts, one an attempt: `shaky="INVALID VALID"`."""
    scenarios = [
        SCENARIO.format(name=name, verdicts=", ".join(repr(each) for each in told.split()))
        for name, told in verdicts.items()
    ]
    for name, text in {"conftest.py": CONFTEST, "pytest.ini": INI, "test_theirs.py": HEAD + "".join(scenarios)}.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def run_suite(
    folder: Path, *options: str, python: Sequence[str] = (sys.executable,), **more: str
) -> subprocess.CompletedProcess[str]:
    """pytest in that folder, with every plugin that is installed."""
    return run([*python, "-m", "pytest", *options], folder, more)


def run(command: Sequence[str], folder: Path, more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A command as a user types it, who has set nothing of ours."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NEXUS_", "PYTEST_"))}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        command, cwd=folder, env={**inherited, "CI": "true", "PYTHONPATH": path, **more}, capture_output=True,
        encoding="utf-8", errors="replace", timeout=120, check=False,
    )  # fmt: skip
