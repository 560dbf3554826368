"""Triggers on the fault log: an effect is seen when it was measured and is there, not when it was asked for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from chaos.faultlog import FaultLog, Injection
from chaos.plan import EffectSeen
from chaos.triggers import Progress, come_true


async def test_an_effect_is_seen_when_a_measurement_shows_it(tmp_path: Path) -> None:
    log = FaultLog(tmp_path / "faults.jsonl")
    nowhere: Any = None
    progress = Progress(nowhere, log, (), lambda: 0, asyncio.Event())
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
