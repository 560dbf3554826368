"""docs/writing-a-fault.md: its example is run as it stands there, and without its effect it proves nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.machine.toolchain import Tools

ROOT = Path(__file__).parents[1]
CONNECTS = "for _ in range(self.connections):"
DROPPED = "for _ in range(0):"


@pytest.fixture(scope="module")
def blocks() -> tuple[str, str]:
    """The fault and the scenario, as they are printed."""
    fault, scenario = re.findall(r"```python\n(.*?)```", (ROOT / "docs/writing-a-fault.md").read_text("utf-8"), re.S)
    return fault, scenario


def test_the_example_is_as_short_as_it_says(blocks: tuple[str, str]) -> None:
    assert len([line for line in blocks[0].splitlines() if line.strip()]) <= 40


@pytest.mark.integration
@pytest.mark.parametrize(("loop", "exit_code", "verdict"), [(CONNECTS, 0, "VALID"), (DROPPED, 1, "UNKNOWN")])
def test_the_example_works_as_it_is_printed(
    loop: str, exit_code: int, verdict: str, blocks: tuple[str, str], tmp_path: Path, tools: Tools
) -> None:
    text = "\n".join(blocks)
    assert CONNECTS in text
    (tmp_path / "crowded.py").write_text(text.replace(CONNECTS, loop), "utf-8")
    environment = {
        **os.environ,
        "NEXUS_CHAOS_RESTATE_SERVER": str(tools.restate_server),
        "NEXUS_CHAOS_TOXIPROXY": str(tools.toxiproxy),
    }
    command = [sys.executable, "-m", "pytest", "-m", "chaos", "-p", "no:cacheprovider", str(tmp_path / "crowded.py")]
    command += ["--chaos-report", str(tmp_path / "reports")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == exit_code, done.stdout
    (summary,) = json.loads((tmp_path / "reports/latest/summary.json").read_text("utf-8"))["scenarios"]
    assert summary["verdict"] == verdict
    assert summary["faults"][0]["shows_effect"] == (verdict == "VALID")
