"""The run is SIGKILLed at random moments with every kind of fault on: nothing is left, and the next run is green."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random

import pytest
import yaml

from chaos.backends.clock import faketime, files_of
from chaos.leftovers import SCRATCH_PREFIX, labelled, listening, sockets_of
from chaos.plan import Plan
from chaos.session import Config, Session
from chaos.toolchain import Tools
from chaos.verdict import Outcome
from chaos.waiting import NotYet, until
from chaos.workloads import Booking

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]
GONE_WITHIN_S = 5
MOMENTS_WITHIN_S = 6  # of the start: before the folder is made, while the stack comes up, as faults come and go
FAULTS = {
    "slow": {"fault": "latency", "link": "ingress", "latency_ms": 20},
    "down": {"fault": "link_down", "link": "mailer"},
    "unsteady": {"fault": "jitter", "link": "endpoint", "max_ms": 20, "every_ms": 20},
    "deaf": {"fault": "asymmetric", "link": "gateway"},
    "stopped": {"fault": "pause", "target": "endpoint-0"},
    "dead": {"fault": "kill", "target": "mailer"},
    "looping": {"fault": "crash_loop", "target": "endpoint-1", "times": 1_000},
    "starved": {"fault": "cpu_starve", "target": "restate"},
    "held": {"fault": "hold", "on": "charge", "point": "before_effect"},
    **({"late": {"fault": "clock_skew", "target": "endpoint-2"}} if faketime() else {}),
}  # all on from the start to the end of the load, which does not end: every charge is held
PLAN = {
    "name": "doomed",
    "workload": {"kind": "booking", "orders": 100, "seats": 100, "clients": 4},
    "stack": {"endpoints": 3},
    "steps": [{"id": name, "fault": fault} for name, fault in FAULTS.items()],
}
GREEN = Plan(name="next", workload=Booking(orders=6, seats=6, clients=3))


@pytest.mark.parametrize("seed", range(5))
async def test_a_run_that_is_killed_leaves_nothing(seed: int, tmp_path: Path, tools: Tools) -> None:
    await killed_at(Random(seed).uniform(0, MOMENTS_WITHIN_S), tmp_path, tools)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 150))
async def test_a_run_that_is_killed_at_any_of_fifty_moments_leaves_nothing(
    seed: int, tmp_path: Path, tools: Tools
) -> None:
    await killed_at(Random(seed).uniform(0, MOMENTS_WITHIN_S), tmp_path, tools)


async def killed_at(moment_s: float, folder: Path, tools: Tools) -> None:
    """Starts `chaos run` in a temporary folder of its own, kills it after that long, and looks for what is left."""
    plan, temporary = folder / "plan.yaml", folder / "tmp"
    plan.write_text(yaml.safe_dump(PLAN), "utf-8")
    temporary.mkdir()
    environment = {
        **os.environ,
        "NEXUS_CHAOS_RESTATE_SERVER": str(tools.restate_server),
        "NEXUS_CHAOS_TOXIPROXY": str(tools.toxiproxy),
        "TMPDIR": str(temporary),
    }
    words = ["run", str(plan), "--report", str(folder / "reports")]
    with (folder / "log").open("wb") as log:
        run = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "chaos.cli", *words, cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    await asyncio.sleep(moment_s)
    assert run.returncode is None, (folder / "log").read_text("utf-8")
    run_ids = {path.name.removeprefix(SCRATCH_PREFIX).split("-")[0] for path in temporary.glob(f"{SCRATCH_PREFIX}*")}
    sockets = {inode: port for run_id in run_ids for inode, port in sockets_of(run_id).items()}
    clocks = {name for pid, run_id in labelled().items() if run_id in run_ids for name in files_of(pid)}
    run.kill()
    killed = time.monotonic()
    await run.wait()
    await until(lambda: _nothing_left(run_ids, temporary, sockets, clocks), "nothing to be left", GONE_WITHIN_S)
    print(f"killed after {moment_s:.1f} s; nothing left {time.monotonic() - killed:.2f} s later")  # shown with -rP
    async with Session.open(Config(), folder / "next", lambda _: None) as session:
        assert (await session.prove(GREEN, replay="")).verdict is Outcome.VALID


async def _nothing_left(run_ids: set[str], temporary: Path, sockets: Mapping[str, int], clocks: Iterable[Path]) -> None:
    processes = {pid: run_id for pid, run_id in labelled().items() if run_id in run_ids}
    ports = {port for inode, port in sockets.items() if inode in listening()}
    folders = list(temporary.iterdir())
    shared = [str(path) for path in clocks if path.exists()]
    if processes or ports or folders or shared:
        raise NotYet(f"processes {processes}, ports {ports}, folders {folders}, shared memory {shared}")
