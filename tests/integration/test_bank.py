"""The second system: the bank holds in its stories, and each planted bug is found by the checker that it breaks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]
BANK = ROOT / "examples" / "bank"


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A copy, in which a run may leave its reports."""
    return Path(shutil.copytree(BANK, tmp_path / "bank", ignore=shutil.ignore_patterns("__pycache__", "reports", ".*")))


def run(bank: Path, *options: str) -> tuple[int, dict[str, dict[str, str]]]:
    """The exit code, and each scenario's checkers with their answers."""
    unwanted = ("PYTEST_", "NEXUS_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    command = [sys.executable, "-m", "pytest", "-m", "chaos", "-p", "no:cacheprovider", "-p", "no:xdist", *options]
    done = subprocess.run(
        command, cwd=bank, env={**environment, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=300, check=False
    )
    file = bank / "reports" / "latest" / "summary.json"
    assert file.is_file(), done.stdout.decode() + done.stderr.decode()
    scenarios = json.loads(file.read_text("utf-8"))["scenarios"]
    checks = {each["name"]: {check["checker"]: check["outcome"] for check in each["checks"]} for each in scenarios}
    return done.returncode, checks


def test_it_is_valid(bank: Path) -> None:
    code, checks = run(bank)
    assert code == 0, checks
    assert set(checks) == {"bank_endpoints_die", "bank_answers_lost", "bank_refusals"}
    for told in checks.values():
        assert {*told.values()} == {"VALID"}
        assert {"money_is_conserved", "invocations_end", "exclusive_per_key", "answers_match_journal"} <= {*told}
        assert "no_oversell" not in told


@pytest.mark.parametrize(
    ("bug", "scenario", "checker"),
    [
        ("fresh_key", "bank_answers_lost", "cleared_once"),
        ("keeps_the_money", "bank_refusals", "money_is_conserved"),
    ],
)
def test_its_planted_bugs_are_found(bank: Path, bug: str, scenario: str, checker: str) -> None:
    code, checks = run(bank, "--chaos-app", f"planted.{bug}:app", "-k", scenario)
    assert (code, checks[scenario][checker]) == (1, "INVALID")
