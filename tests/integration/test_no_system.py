"""An app that nobody has described is run and judged; and calls of what it does not offer are one error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.greeter import APP

pytestmark = pytest.mark.integration
PLAN = """
name: greetings
system: none
workload:
  kind: calls
  calls:
    - {target: "Greeter/{user}/HANDLER", input: Ada}
  times: 60
  think_ms: 10
steps:
  - id: crash
    fault: {fault: kill, target: endpoints}
    when: {trigger: operations, count: 10}
    until: {trigger: time, at_s: 0.2}
"""


def run(folder: Path, app: str, handler: str = "greet") -> subprocess.CompletedProcess[str]:
    """`chaos run` in a folder that holds an app and a plan, and nothing else."""
    (folder / "greeter.py").write_text(app, "utf-8")
    (folder / "plan.yaml").write_text(PLAN.replace("HANDLER", handler), "utf-8")
    command = [sys.executable, "-m", "chaos.cli", "run", "plan.yaml", "--app", "greeter:app"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False
    )


def test_it_is_valid_without_a_system(tmp_path: Path) -> None:
    done = run(tmp_path, APP)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "VALID greetings" in done.stdout


def test_a_handler_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    done = run(tmp_path, APP, "gret")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "the app has no handler Greeter/gret; did you mean 'Greeter/greet'?" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
