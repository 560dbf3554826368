"""The wheel, installed outside the repository: somebody's own suite, options, app and test pass with it alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from chaos.machine.toolchain import Tools
from tests.greeter import APP

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]
PYPROJECT = """
[tool.pytest.ini_options]
pythonpath = ["."]
chaos_app = "greeter:app"
chaos_seed = 42
"""
SUITE = """
from pathlib import Path

import chaos
import httpx
import pytest


@pytest.mark.asyncio
async def test_it_greets(restate_server):
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{restate_server.ingress_url}/Greeter/ada/greet", json="Ada")
    assert answer.json() == "Hello, Ada! (1)"
    (row,) = await restate_server.query("select status from sys_invocation where target = 'Greeter/ada/greet'")
    assert row["status"] == "completed"


def test_without_a_loop(restate_server):
    answer = httpx.post(f"{restate_server.ingress_url}/Greeter/ben/greet", json="Ben", trust_env=False)
    assert answer.json() == "Hello, Ben! (1)"


def test_the_tool_is_the_wheels():
    print("chaos from", Path(chaos.__file__).parent)
"""


def run(command: list[str], folder: Path, **more: str) -> str:
    """What it prints; it must succeed."""
    unwanted = ("PYTHONPATH", "PYTEST_", "NEXUS_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    done = subprocess.run(
        command, cwd=folder, env=environment | more, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what it is made of, so that nothing is left in the repository."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for folder in ("chaos", "services", "scenarios"):
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, source)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check"]
    run([sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(built), "."], source)
    (found,) = built.glob("*.whl")
    return found


def test_it_holds_the_tool_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"chaos"}
    ours = [path for path in (ROOT / "chaos").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert {path.relative_to(ROOT).as_posix() for path in ours} <= names


def test_somebodys_suite_passes_with_it_alone(wheel: Path, tmp_path: Path, tools: Tools) -> None:
    theirs = tmp_path / "venv"
    venv.create(theirs, symlinks=True)
    python = str(theirs / "bin" / "python")
    packages = Path(run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], tmp_path).strip())
    target = ["--target", str(packages), "--no-deps", "--no-index", "--quiet", "--disable-pip-version-check"]
    run([sys.executable, "-m", "pip", "install", *target, str(wheel)], tmp_path)
    # What it depends on is taken from where these tests run. That folder comes after the wheel; and its own .pth files
    # are not read, so that what is installed there to be edited, which is this repository, stays out.
    (packages / "theirs.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")
    project = tmp_path / "project"
    project.mkdir()
    for name, text in {"pyproject.toml": PYPROJECT, "greeter.py": APP, "test_greeter.py": SUITE}.items():
        (project / name).write_text(text, "utf-8")
    printed = run(
        [python, "-m", "pytest", "-s", "-p", "no:cacheprovider"],
        project,
        NEXUS_CHAOS_RESTATE_SERVER=str(tools.restate_server),
    )
    assert "3 passed" in printed
    assert "chaos: app greeter:app (pyproject.toml), seed 42 (pyproject.toml)" in printed
    assert f"chaos from {packages / 'chaos'}" in printed
    assert run([str(theirs / "bin/python"), "-m", "chaos.cli", "faults"], project).startswith("accept_then_fail\n")
