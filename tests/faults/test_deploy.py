"""deploy: seen by what Restate pins, not by what was registered; older versions go when nothing is left on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chaos.errors import WaitTimedOut
from chaos.evidence.faultlog import FaultLog, Injection
from chaos.faults import Deploy, Rollback, deploy


class Restate:
    """Deployments by id, and the statuses of the invocations pinned to them."""

    def __init__(self, new: list[str], finishes: bool = True, registers: str = "dp_new", hears_late: int = 0) -> None:
        self.pinned = {"dp_old": ["completed", "running"]}
        self.registered = "dp_old"
        self.did: list[str] = []
        self._new = new
        self._finishes = finishes
        self._registers = registers
        self._hears_late = hears_late

    async def query(self, sql: str) -> list[dict[str, Any]]:
        if "sys_deployment" in sql:
            return [{"id": id_} for id_ in self.pinned]
        if "sys_service" in sql:
            if self.did and self._hears_late:
                self._hears_late -= 1
                return [{"deployment_id": "dp_old"}]
            return [{"deployment_id": self.registered}]
        ids = re.findall(r"'(dp_\w+)'", sql)
        unfinished = "status <> 'completed'" in sql
        statuses = [status for id_ in ids for status in self.pinned[id_] if not unfinished or status != "completed"]
        if unfinished and self._finishes and ids == ["dp_old"]:
            self.pinned["dp_old"] = ["completed", "completed"]  # by the next time somebody asks
        return [{"pinned": len(statuses)}]

    async def deploy(self, app: str, replicas: int) -> str:
        self.did.append(f"deploy {app} {replicas}")
        self.pinned["dp_new"] = self._new
        self.registered = self._registers
        return "dp_new"

    async def again(self, deployment_id: str) -> None:
        self.did.append(f"again {deployment_id}")
        self.registered = deployment_id
        self.pinned["dp_new"] = ["completed"] if self._finishes else ["running"]

    async def retire(self, deployment_id: str) -> None:
        assert "running" not in self.pinned[deployment_id]
        self.did.append(f"retire {deployment_id}")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[FaultLog]:
    log = FaultLog(tmp_path / "faults.jsonl")
    yield log
    log.close()


async def run(restate: Restate, log: FaultLog, fault: Deploy | Rollback) -> None:
    stack: Any = SimpleNamespace(journal=restate, deployments=restate, app="services.app:app")
    async with fault.inject(stack, Injection(log, "upgrade", "deploy", "stack")):
        assert restate.did[-1].startswith("deploy")


async def test_the_new_version_serves_and_the_old_one_goes_when_it_has_finished(log: FaultLog) -> None:
    restate = Restate(new=["running", "completed"])
    await run(restate, log, Deploy(endpoints=3))
    assert restate.did == ["deploy services.app:app 3", "retire dp_old"]
    assert [event.phase for event in log.events] == [
        "intended", "injected", "observed", "observed", "healing", "observed", "healed",
    ]  # fmt: skip
    registered, serves, drained = (event.observation for event in log.events if event.observation)
    assert registered
    assert (registered.before, registered.during, registered.shows_effect) == ("dp_old", "dp_new", True)
    assert serves
    assert (serves.during, serves.shows_effect) == (2, True)
    assert drained
    assert (drained.before, drained.during, drained.shows_effect) == (1, 0, True)


async def test_an_app_of_its_own_choice(log: FaultLog) -> None:
    restate = Restate(new=["running"])
    await run(restate, log, Deploy(app="versions.nexus_v1:app"))
    assert restate.did[0] == "deploy versions.nexus_v1:app 2"


async def test_a_version_that_never_serves_is_not_seen(log: FaultLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy, "SERVES_WITHIN_S", 0.2)
    restate = Restate(new=[])
    with pytest.raises(WaitTimedOut, match=r"dp_new to serve.*no invocation is pinned to it"):
        await run(restate, log, Deploy())
    assert [event.observation.measure for event in log.events if event.observation] == [
        "deployment that new invocations go to"
    ]
    assert restate.did == ["deploy services.app:app 2"]


async def test_a_node_that_hears_of_the_new_version_late_is_asked_until_it_has(log: FaultLog) -> None:
    await run(Restate(new=["running"], hears_late=3), log, Deploy())
    assert [event.observation.shows_effect for event in log.events if event.observation] == [True, True, True]


async def test_a_version_that_takes_no_new_orders_is_not_seen(log: FaultLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy, "SERVES_WITHIN_S", 0.2)
    await run(Restate(new=["running"], registers="dp_old"), log, Deploy())
    assert [event.observation.shows_effect for event in log.events if event.observation] == [False, True, True]


async def test_a_version_that_never_finishes_is_not_ended(log: FaultLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy, "DRAINS_WITHIN_S", 0.2)
    restate = Restate(new=["running"], finishes=False)
    with pytest.raises(WaitTimedOut, match="1 invocations are still pinned"):
        await run(restate, log, Deploy())
    assert "retire dp_old" not in restate.did


async def test_what_is_rolled_back_goes_when_it_has_finished_and_the_old_one_serves_again(log: FaultLog) -> None:
    restate = Restate(new=["running", "completed"])
    await run(restate, log, Rollback(endpoints=3))
    assert restate.did == ["deploy services.app:app 3", "again dp_old", "retire dp_new"]
    assert restate.registered == "dp_old"
    seen = [event.observation for event in log.events if event.observation]
    assert [observation.shows_effect for observation in seen] == [True, True, True, True]
    assert (seen[2].before, seen[2].during) == ("dp_new", "dp_old")


async def test_a_rollback_that_leaves_orders_behind_ends_nothing(
    log: FaultLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy, "DRAINS_WITHIN_S", 0.2)
    restate = Restate(new=["running"], finishes=False)
    with pytest.raises(WaitTimedOut, match="1 invocations are still pinned"):
        await run(restate, log, Rollback())
    assert "retire dp_new" not in restate.did


async def test_a_rollback_that_changes_nothing_is_not_seen(log: FaultLog, monkeypatch: pytest.MonkeyPatch) -> None:
    async def again(_: Restate, __: str) -> None: ...

    monkeypatch.setattr(deploy, "SERVES_WITHIN_S", 0.2)
    monkeypatch.setattr(Restate, "again", again)
    await run(Restate(new=["completed"]), log, Rollback())
    seen = [event.observation for event in log.events if event.observation]
    assert [observation.shows_effect for observation in seen] == [True, True, False, True]
