"""Processes beside containers: skipped where there is no engine, and no failure of the report then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import backends

ROOT = Path(__file__).parents[2]


@pytest.mark.integration
def test_without_an_engine_it_is_skipped_and_says_why(tmp_path: Path) -> None:
    report = tmp_path / "bench.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "backends", "--output", str(report)]
    environment = {**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/nobody.sock"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "backends is skipped" in ended.stdout
    written = json.loads(report.read_text("utf-8"))
    assert "cannot be reached" in written["skipped"]["backends"]
    assert (written["figures"], written["failures"]) == ([], {})


@pytest.mark.integration
async def test_start_kill_and_restart_are_measured() -> None:
    took = await backends._measured("process")
    parts = ("killed", "ready again", "ready again, an answer")
    named = {f"{victim} {part}" for victim in backends.VICTIMS for part in parts}
    assert {what for what, _ in took} == {backends.FIRST, *named}
    assert all(taken >= 0 for taken in took.values())
    assert took["endpoints ready again, an answer", "ms"] > 0
