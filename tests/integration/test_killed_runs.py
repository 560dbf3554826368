"""The run is SIGKILLed at random moments with every kind of fault on: nothing is left, and the next run is green."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

import booking.faults  # noqa: F401 - fills the registry
import chaos.faults  # noqa: F401 - so does this
from booking.workloads import Booking
from chaos.backends.clock import faketime, files_of
from chaos.backends.process import ProcessBackend
from chaos.cleanup.leftovers import SCRATCH_PREFIX, labelled, listening, sockets_of
from chaos.evidence.record import Record
from chaos.machine.toolchain import Tools
from chaos.plan.plan import Plan
from chaos.plan.step import FAULTS
from chaos.session import Config, Session
from chaos.verdict import Outcome
from chaos.waiting import NotYet, until

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]
GONE_WITHIN_S = 5
MOMENTS_WITHIN_S = 6  # of the start: before the folder is made, while the stack comes up, as faults come and go
SEEDS = (1, 6, 14, 19, 20)  # two moments while the stack comes up, and one late in each of the plans
PROCESSES = {
    "slow": {"fault": "latency", "link": "ingress", "latency_ms": 20},
    "down": {"fault": "link_down", "link": "mailer"},
    "unsteady": {"fault": "jitter", "link": "endpoint", "max_ms": 20, "every_ms": 20},
    "deaf": {"fault": "asymmetric", "link": "gateway"},
    "stopped": {"fault": "pause", "target": "endpoint-0"},
    "dead": {"fault": "kill", "target": "mailer"},
    "looping": {"fault": "crash_loop", "target": "endpoint-1", "times": 1_000},
    "starved": {"fault": "cpu_starve", "target": "restate"},
    "held": {"fault": "hold", "on": "charge", "point": "before_effect"},
}
LINKS = {
    **({"behind": {"fault": "clock_skew", "target": "endpoint-1"}} if faketime() else {}),
    "thin": {"fault": "bandwidth", "link": "ingress", "rate_kb_per_s": 10},
    "lingering": {"fault": "slow_close", "link": "ingress", "delay_ms": 50},
    "in_pieces": {"fault": "slicer", "link": "endpoint", "size_bytes": 50},
    "cut_short": {"fault": "limit_data", "link": "mailer", "limit_bytes": 100},
    "black_hole": {"fault": "timeout", "link": "gateway"},
    "ended": {"fault": "terminate", "target": "mailer"},
    "again": {"fault": "restart", "target": "endpoint-0", "down_ms": 60_000},
}
# Over as soon as it was said, another version or other settings of the app, or a rule like those that are here.
ELSEWHERE = {"cancel_invocation", "pause_invocation", "rollback", "reconfigure", "in_progress", "lag"}
GATEWAY = {
    "refused": {"fault": "respond", "on": "charge", "status": 503, "times": 2},
    "not_made": {"fault": "drop_before_effect", "on": "charge", "times": 2},
    "made": {"fault": "drop_after_effect", "on": "charge", "times": 2},
    "accepted": {"fault": "accept_then_fail", "on": "charge", "times": 2},
    "trickling": {"fault": "slow_body", "on": "charge", "bytes_per_s": 5, "times": 2},
    "late": {"fault": "delay", "on": "charge", "point": "after_effect", "delay_ms": 60_000, "times": 2},
    "forgotten": {"fault": "forget_keys", "on": "charge", "attempts": "2-", "times": 2},
    "untold": {"fault": "webhook", "deliver": "never", "settle_ms": 600_000},
    "unanswered": {"fault": "hang", "on": "mail"},
    "reset": {"fault": "reset_peer", "link": "gateway"},
    "flapping": {"fault": "flapping", "link": "mailer"},
    "stranger": {"fault": "unsigned_request"},
    "purged": {"fault": "purge"},
    "release": {"fault": "deploy", "endpoints": 1},
}


def doomed(faults: Mapping[str, Mapping[str, Any]], stack: Mapping[str, Any], **load: Any) -> dict[str, Any]:
    """A plan with these faults on from the start to the end of a load that does not end: no charge is answered."""
    # A release waits for an order on the new version, so the load must not wait for it.
    at_once, with_load = {"trigger": "start"}, {"trigger": "time", "at_s": 0}
    return {
        "name": "doomed",
        "workload": {"kind": "booking", "orders": 100, "seats": 100, **load},
        "stack": stack,
        "steps": [
            {"id": name, "fault": fault, "when": with_load if fault["fault"] == "deploy" else at_once}
            for name, fault in faults.items()
        ],
    }


# What excludes each other on one link or process is spread over three plans, killed by turns.
PLANS = (
    doomed(PROCESSES, {}, clients=4),
    doomed(LINKS, {}, clients=4),
    doomed(GATEWAY, {"own": True, "identity": True}, payment="webhook", rate_per_s=5),
)
GREEN = Plan(name="next", workload=Booking(orders=6, seats=6, clients=3))


def test_every_kind_of_fault_that_processes_can_have_is_on_in_a_run_that_is_killed() -> None:
    able = ProcessBackend.capabilities()
    can = {name for name, each in FAULTS.items() if each.needs <= able and each.__module__.split(".")[1] == "faults"}
    assert {step["fault"]["fault"] for plan in PLANS for step in plan["steps"]} == can - ELSEWHERE


@pytest.mark.nightly
@pytest.mark.parametrize("plan", PLANS, ids=["processes", "links", "gateway"])
async def test_all_faults_of_a_plan_come_to_be_on_together(plan: Mapping[str, Any], tmp_path: Path) -> None:
    async with Session.open(Config(), tmp_path, lambda _: None) as session:
        await session.prove(Plan.model_validate({**plan, "deadline_s": 20}), replay="")
    events = Record.open(tmp_path / "records" / "doomed").faults
    injected = {event.step: event.at_ms for event in events if event.phase == "injected"}
    healing = [event.at_ms for event in events if event.phase == "healing"]
    assert injected.keys() == {step["id"] for step in plan["steps"]}
    assert not [event for event in events if event.phase == "failed"]
    assert max(injected.values()) < min(healing)


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_run_that_is_killed_leaves_nothing(seed: int, tmp_path: Path, tools: Tools) -> None:
    await killed_at(Random(seed).uniform(0, MOMENTS_WITHIN_S), PLANS[seed % len(PLANS)], tmp_path, tools)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 150))
async def test_a_run_that_is_killed_at_any_of_fifty_moments_leaves_nothing(
    seed: int, tmp_path: Path, tools: Tools
) -> None:
    await killed_at(Random(seed).uniform(0, MOMENTS_WITHIN_S), PLANS[seed % len(PLANS)], tmp_path, tools)


async def killed_at(moment_s: float, killed: Mapping[str, Any], folder: Path, tools: Tools) -> None:
    """Starts `chaos run` in a temporary folder of its own, kills it after that long, and looks for what is left."""
    plan, temporary = folder / "plan.yaml", folder / "tmp"
    plan.write_text(yaml.safe_dump(killed), "utf-8")
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
    since = time.monotonic()
    await run.wait()
    await until(lambda: _nothing_left(run_ids, temporary, sockets, clocks), "nothing to be left", GONE_WITHIN_S)
    print(f"killed after {moment_s:.1f} s; nothing left {time.monotonic() - since:.2f} s later")  # shown with -rP
    async with Session.open(Config(), folder / "next", lambda _: None) as session:
        assert (await session.prove(GREEN, replay="")).verdict is Outcome.VALID


async def _nothing_left(run_ids: set[str], temporary: Path, sockets: Mapping[str, int], clocks: Iterable[Path]) -> None:
    processes = {pid: run_id for pid, run_id in labelled().items() if run_id in run_ids}
    ports = {port for inode, port in sockets.items() if inode in listening()}
    folders = list(temporary.iterdir())
    shared = [str(path) for path in clocks if path.exists()]
    if processes or ports or folders or shared:
        raise NotYet(f"processes {processes}, ports {ports}, folders {folders}, shared memory {shared}")
