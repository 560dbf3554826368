"""`chaos soak`: goes on where it was stopped, tells failures apart and how to see them again, and refuses bad input."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import chaos.search.soak
from booking.workloads import Booking
from chaos.errors import BadInput
from chaos.machine.toolchain import Tools
from chaos.plan.expect import Expect
from chaos.plan.plan import Plan
from chaos.search.soak import STATE_FILE, Asked, soak, text
from chaos.session import Config
from chaos.verdict import Outcome
from chaos.waiting import NotYet, until

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]


def small(_: object, seed: int) -> Plan:
    """A quick plan in place of a generated one; that of seed 2 expects more than there is."""
    expect = Expect(min_ok=1_000 if seed == 2 else 1)
    return Plan(name=f"soak_{seed}", workload=Booking(orders=2, seats=2, clients=2), expect=expect)


async def test_a_soak_that_is_killed_goes_on_where_it_stopped(tmp_path: Path, tools: Tools) -> None:
    """Killed after its first plan, of which the same command then knows; all the rest is real."""
    environment = {
        **os.environ,
        "NEXUS_CHAOS_RESTATE_SERVER": str(tools.restate_server),
        "NEXUS_CHAOS_TOXIPROXY": str(tools.toxiproxy),
    }
    words = [sys.executable, "-m", "chaos.cli", "soak", "--plans", "2", "--seed", "3", "--report", str(tmp_path)]
    state = tmp_path / "soak-3" / STATE_FILE

    async def one_is_done() -> None:
        lines = state.read_text("utf-8").splitlines() if state.is_file() else []
        if len(lines) < 2:
            raise NotYet(lines)

    first = await asyncio.create_subprocess_exec(*words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    await until(one_is_done, "the first plan to be done", 90)
    first.kill()
    await first.wait()
    with state.open("a", encoding="utf-8") as file:
        file.write('{"seed": 4, "verd')  # as a kill in the middle of writing leaves it
    again = await asyncio.create_subprocess_exec(*words, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    said = (await again.communicate())[0].decode()
    assert said.startswith("resuming after 1 of 2 plans\n2/2 seed 4 VALID"), said
    assert again.returncode == 0
    summary = json.loads((tmp_path / "soak-3/soak.json").read_text("utf-8"))
    assert summary["verdicts"] == {"VALID": 2}
    assert summary["versions"].keys() == {"restate-server", "toxiproxy-server"}
    assert list((tmp_path / "soak-3/records").iterdir()) == []


async def test_a_failure_keeps_its_record_and_says_how_to_run_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chaos.search.soak, "plan_of", small)
    said: list[str] = []
    summary = await soak(Config(seed=1), 2, tmp_path, said.append)
    assert [line.partition(" ")[0] for line in said] == ["1/2", "2/2"]
    assert summary.verdict is Outcome.UNKNOWN
    assert [record.name for record in (tmp_path / "soak-1/records").iterdir()] == ["soak_2"]
    told = text(summary, tmp_path / "soak-1")
    assert f"record: {tmp_path}/soak-1/records/soak_2" in told
    assert "replay: chaos soak --plans 1 --seed 2" in told
    assert "1 VALID, 0 INVALID, 1 UNKNOWN" in told


async def test_a_soak_that_is_over_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaos.search.soak, "plan_of", small)
    for _ in range(2):
        said: list[str] = []
        await soak(Config(seed=1), 1, tmp_path, said.append)
        assert len(said) == 1
        assert said[0].startswith("1/1 seed 1 VALID")


async def test_two_soaks_do_not_write_to_the_same_folder(tmp_path: Path) -> None:
    with chaos.search.soak._alone(tmp_path / "soak-1"), pytest.raises(BadInput, match="another soak is writing to it"):
        await soak(Config(seed=1), 1, tmp_path, print)


async def test_a_folder_that_cannot_be_written_is_one_error() -> None:
    with pytest.raises(BadInput, match="name a folder you may write to"):
        await soak(Config(seed=1), 1, Path("/proc/nowhere"), print)


def test_the_command_that_runs_a_plan_again_is_whole() -> None:
    modes = {"always_replay": True, "protocol": "request_response"}
    asked = Asked.model_validate({"seed": 1, "plans": 9, "app": "mine:app", "backend": "docker", "modes": modes})
    assert asked.command(7, 1) == (
        "chaos soak --plans 1 --seed 7 --app mine:app --backend docker --always-replay --protocol request_response"
    )


@pytest.mark.parametrize(
    "options",
    [
        ["--plans", "0"],
        ["--plans", "x"],
        ["--seed", "-1"],
        ["--app", "nonsense"],
        ["--protocol", "http2"],
        ["--backend", "moon"],
    ],
)
def test_a_wrong_option_is_one_error_and_exit_code_2(options: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chaos.cli", "soak", *options, "--report", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert options[0].strip("-") in done.stderr or "allowed" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())
