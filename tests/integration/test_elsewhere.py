"""The plugin outside this repository: somebody's own suite, app, plan and fault, from a folder with an odd name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.machine.toolchain import Tools

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]
CONFTEST = """
from contextlib import asynccontextmanager
from typing import Literal
from chaos import Fault

class Nudge(Fault):
    fault: Literal["nudge"] = "nudge"

    @asynccontextmanager
    async def inject(self, stack, injection):
        injection.log("intended")
        injection.log("injected")
        injection.observe("nudges", "nobody", before=0, during=1)
        yield
        injection.log("healing")
        injection.log("healed")
"""
SUITE = """
import pytest
from conftest import Nudge
from chaos import AfterOperations, Plan, Step
from booking.workloads import Booking

PLAN = Plan(
    name="theirs",
    workload=Booking(orders=8, seats=8, clients=2),
    steps=(Step(id="nudge", fault=Nudge(), when=AfterOperations(count=2)),),
)

@pytest.mark.chaos
async def test_theirs(chaos):
    assert (await chaos.prove(PLAN)).cases.done == 8

@pytest.mark.chaos
def test_not_async():
    pass

async def test_unmarked(chaos):
    await chaos.prove(PLAN)
"""


def test_somebody_elses_suite_runs_with_its_own_fault_and_app(tmp_path: Path, tools: Tools) -> None:
    folder = tmp_path / "their süite"
    folder.mkdir()
    (folder / "conftest.py").write_text(CONFTEST, "utf-8")
    (folder / "test_theirs.py").write_text(SUITE, "utf-8")
    (folder / "pytest.ini").write_text(
        "[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n", "utf-8"
    )
    (folder / "their_app.py").write_text("from services.app import app", "utf-8")
    environment = {
        **os.environ,
        "NEXUS_CHAOS_RESTATE_SERVER": str(tools.restate_server),
        "NEXUS_CHAOS_TOXIPROXY": str(tools.toxiproxy),
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "CI": "true",
    }
    plugins = ["-p", "pytest_asyncio.plugin", "-p", "chaos.pytest_plugin", "-p", "no:xdist", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *plugins, "--chaos-app", "their_app:app", "--chaos-report", "ré ports"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert "2 passed, 1 error" in done.stdout, done.stdout + done.stderr
    assert "mark it with @pytest.mark.chaos" in done.stdout
    (scenario,) = json.loads((folder / "ré ports/latest/summary.json").read_text("utf-8"))["scenarios"]
    assert (scenario["verdict"], scenario["faults"][0]["fault"]) == ("VALID", "nudge")
