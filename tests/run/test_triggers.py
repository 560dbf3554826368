"""Triggers on the fault log: an effect is seen when it was measured and is there, not when it was asked for."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chaos.evidence.faultlog import FaultLog, Injection
from chaos.plan.moments import Appending, ClusterWhole, EffectSeen, NodesLost
from chaos.run.triggers import Progress, come_true


async def test_an_effect_is_seen_when_a_measurement_shows_it(tmp_path: Path) -> None:
    log = FaultLog(tmp_path / "faults.jsonl")
    nowhere: Any = None
    progress = Progress(nowhere, log, (), nowhere, asyncio.Event())
    waiting = asyncio.create_task(come_true(EffectSeen(step="upgrade"), progress))
    upgrade, other = (Injection(log, step, "deploy", "stack") for step in ("upgrade", "other"))
    upgrade.log("intended")
    upgrade.log("injected")
    assert not progress.has_seen("upgrade")
    other.observe("pinned", "sys_invocation", before=0, during=1, relation="at_least", bound=1)
    upgrade.observe("pinned", "sys_invocation", before=0, during=0, relation="at_least", bound=1)
    assert not progress.has_seen("upgrade")
    assert not waiting.done()
    upgrade.observe("pinned", "sys_invocation", before=0, during=1, relation="at_least", bound=1)
    await asyncio.wait_for(waiting, 10)
    log.close()


@pytest.mark.parametrize(
    ("under_way", "sizes", "said"),
    [
        (3, [100, 100, 100, 160], "Restate's log grew from 100 to 160 bytes within "),
        (3, [160, 40, 40, 50], "Restate's log grew from 40 to 50 bytes within "),  # an old file of it went
        (3, [100], None),
        (0, [100, 160], None),
    ],
    ids=["grows", "rotated", "stands still", "for nobody"],
)
async def test_the_log_is_appended_to_when_it_grows_for_somebody(
    under_way: int, sizes: list[int], said: str | None, tmp_path: Path
) -> None:
    looks = [*sizes]
    stack: Any = SimpleNamespace(log_bytes=lambda: looks.pop(0) if len(looks) > 1 else looks[0])
    clients: Any = SimpleNamespace(under_way=under_way)
    with contextlib.closing(FaultLog(tmp_path / "faults.jsonl")) as log:
        waiting = asyncio.create_task(come_true(Appending(), Progress(stack, log, (), clients, asyncio.Event())))
        if said is None:
            done, _ = await asyncio.wait({waiting}, timeout=0.2)
            assert not done
            waiting.cancel()
        else:
            seen = await asyncio.wait_for(waiting, 10)
            assert seen.startswith(said)
            assert seen.endswith("with 3 operations under way")


class FakeCluster:
    """Loses one node, then another, and is whole in the end."""

    def __init__(self) -> None:
        self._lost = [[], ["b say a is dead"], ["b say a is dead", "b say c is dead"], []]
        self.looks = 0

    async def lost(self) -> list[str]:
        self.looks += 1
        return self._lost[min(self.looks, len(self._lost)) - 1]

    async def trouble(self) -> str:
        return "; ".join(await self.lost())


@pytest.mark.parametrize(
    ("moment", "looks", "said"),
    [
        (NodesLost(), 2, "b say a is dead"),
        (NodesLost(count=2), 3, "b say a is dead; b say c is dead"),
        (ClusterWhole(), 1, ""),
    ],
)
async def test_moments_of_a_cluster_come_when_its_nodes_say_so(
    moment: NodesLost | ClusterWhole, looks: int, said: str, tmp_path: Path
) -> None:
    cluster, nobody = FakeCluster(), cast(Any, None)
    stack: Any = SimpleNamespace(cluster=cluster)
    with contextlib.closing(FaultLog(tmp_path / "faults.jsonl")) as log:
        progress = Progress(stack, log, (), nobody, asyncio.Event())
        assert await asyncio.wait_for(come_true(moment, progress), 10) == said
    assert cluster.looks == looks
