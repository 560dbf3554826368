"""Packages add faults by entry points; one that is broken is one error that names it, and no SDK is needed for that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[1]
FAULT = """
from contextlib import asynccontextmanager
from typing import ClassVar, Literal
from chaos import Fault

class Nudge(Fault):
    fault: Literal["nudge"] = "nudge"
    targets: ClassVar[str] = "nobody"
    effect: ClassVar[str] = "nudges"

    @asynccontextmanager
    async def inject(self, stack, injection):
        yield
"""
WITHOUT_SDK = """
import sys
sys.modules.update(dict.fromkeys(["docker", "docker.errors"]))  # as if it were not installed
from chaos import cli
cli.main()
"""


def chaos(*arguments: str, packages: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, filter(None, [ROOT, packages])))}
    command = [sys.executable, "-m", "chaos.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def package(folder: Path, module: str) -> None:
    """A package, installed as far as Python can tell, whose faults are in `module`."""
    (folder / f"{module}.py").write_text(FAULT, "utf-8")
    info = folder / "their_faults-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-faults\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[nexus_chaos.faults]\nnudges = their_faults\n", "utf-8")


def test_faults_of_another_package_are_in_the_catalogue(tmp_path: Path) -> None:
    package(tmp_path, "their_faults")
    done = chaos("faults", packages=tmp_path)
    assert "nudge\n  targets   nobody\n" in done.stdout, done.stderr
    (tmp_path / "plan.yaml").write_text(
        "name: x\nworkload: {kind: booking, orders: 1, seats: 1}\nsteps: [{id: a, fault: {fault: nudg}}]", "utf-8"
    )
    done = chaos("run", str(tmp_path / "plan.yaml"), packages=tmp_path)
    assert done.returncode == 2
    assert "unknown fault 'nudg'; did you mean 'nudge'?" in done.stderr


def test_a_broken_one_is_one_error_that_names_its_package(tmp_path: Path) -> None:
    package(tmp_path, "misnamed")
    done = chaos("faults", packages=tmp_path)
    assert done.returncode == 2
    assert "entry point 'nudges' of their-faults in the group nexus_chaos.faults: 'their_faults' cannot" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["faults"], 0, "kill\n"),
        (["run", "docs/plans/crash_while_charging.yaml", "--backend", "docker"], 2, "nexus-chaos[docker]"),
    ],
)
def test_without_the_docker_sdk_only_what_needs_it_says_so(
    command: list[str], code: int, said: str, tmp_path: Path
) -> None:
    report = ["--report", str(tmp_path)] if command[0] == "run" else []
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SDK, *command, *report],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
