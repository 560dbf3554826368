"""Other plugins, active beside ours in somebody's own suite: a scenario runs as ever, and the exit code stays true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chaos.machine.toolchain import Tools
from tests.fake_session import run_suite, write_suite
from tests.greeter import APP

pytestmark = pytest.mark.integration
ASKED_IN_ANYIO = """
import httpx

async def test_in_a_loop(restate_server, anyio_backend_name):
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.post(f"{restate_server.ingress_url}/Greeter/ada/greet", json="Ada")).is_success
    assert await restate_server.query("select count(*) as calls from sys_invocation") == [{"calls": 1}]


def test_without_one(restate_server):
    assert restate_server.services == ("Greeter",)
"""


@pytest.mark.parametrize("workers", [[], ["-n", "1"]], ids=["alone", "workers"])
def test_a_scenario_that_is_valid_when_it_is_run_again_was_invalid(workers: list[str], tmp_path: Path) -> None:
    suite = write_suite(tmp_path, good="VALID", shaky="INVALID VALID")
    done = run_suite(suite, "--reruns", "1", *workers)
    assert "2 passed, 1 rerun" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 1
    assert "✕ INVALID shaky" in done.stdout
    assert "overall ✕ INVALID" in done.stdout


def test_a_run_that_stops_at_its_first_failure_says_1_under_xdist_too(tmp_path: Path) -> None:
    names = {f"bad_{number}": "INVALID" for number in range(4)}
    done = run_suite(write_suite(tmp_path, **names), "-x", "-n", "1")
    assert "Interrupted: " in done.stdout, done.stdout + done.stderr
    assert done.returncode == 1
    summary = summary_of(tmp_path)
    assert summary["verdict"] == "INVALID"
    assert 1 <= len(summary["scenarios"]) < len(names)


def test_anyio_does_not_take_scenarios_into_loops_of_its_own(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, good="VALID")
    theirs = suite / "test_theirs.py"
    own = "\n\nasync def test_their_own(anyio_backend_name):\n    assert anyio_backend_name == 'asyncio'\n"
    theirs.write_text(theirs.read_text("utf-8") + own, "utf-8")
    done = run_suite(suite, "-o", "anyio_mode=auto", "-o", "asyncio_mode=auto", "-v")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "::test_good ✓ VALID good" in done.stdout
    assert "::test_their_own[asyncio] PASSED" in done.stdout


def test_a_real_restate_is_of_use_in_anyios_loops_too(tmp_path: Path, tools: Tools) -> None:
    (tmp_path / "greeter.py").write_text(APP, "utf-8")
    (tmp_path / "test_greeter.py").write_text(ASKED_IN_ANYIO, "utf-8")
    options = ["-o", "anyio_mode=auto", "-o", "pythonpath=.", "--chaos-app", "greeter:app", "--disable-socket"]
    done = run_suite(tmp_path, *options, NEXUS_CHAOS_RESTATE_SERVER=str(tools.restate_server))
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_timeout_cov_randomly_and_socket_change_nothing(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, good="VALID", bad="INVALID")
    active = ["--timeout=60", "--cov", "--cov-report=", "--randomly-seed=7", "--disable-socket", "--strict-markers"]
    done = run_suite(suite, "-W", "error", *active)
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 1
    assert {each["name"]: each["verdict"] for each in summary_of(suite)["scenarios"]} == {
        "good": "VALID",
        "bad": "INVALID",
    }


def test_a_scenario_that_a_time_out_cuts_off_has_ended_before_the_next_begins(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, stuck="never", good="VALID")
    cut_off = ["--timeout=1", "--timeout-method=signal", "-o", "timeout_func_only=true"]
    done = run_suite(suite, *cut_off, "-p", "no:randomly", "-s")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Timeout (>1.0s) from pytest-timeout" in done.stdout
    assert done.stdout.index("stuck was ended") < done.stdout.index("✓ VALID good"), done.stdout
    assert summary_of(suite)["verdict"] == "UNKNOWN"


def test_the_seed_decides_a_shuffled_order_whoever_shuffles_as_well(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, **{f"scenario_{number}": "VALID" for number in range(9)})

    def order(seed: int) -> list[str]:
        done = run_suite(suite, "--collect-only", "-q", "--chaos-shuffle", f"--randomly-seed={seed}")
        return [line for line in done.stdout.splitlines() if "::" in line]

    first = order(1)
    assert len(first) == 9
    assert order(2) == first


def summary_of(suite: Path) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((suite / "reports/latest/summary.json").read_text("utf-8"))
    return summary
