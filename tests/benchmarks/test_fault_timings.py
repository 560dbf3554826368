"""Timings of faults: the parts of a fault's life are told apart, and what has a limit has it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from benchmarks.fault_timings import LINK_AT_MOST, PROCESS_AT_MOST, _ClockedLog, _limit
from chaos.evidence.faultlog import Injection
from chaos.faults import Hold, Kill, LinkDown


async def test_phases_are_timed_as_they_are_said(tmp_path: Path) -> None:
    log = _ClockedLog(tmp_path / "faults.jsonl")
    injection = Injection(log, "timed", "kill", "restate")
    for phase in ("intended", "injected", "healing", "healed"):
        injection.log(phase)
        assert log.heals.is_set() == (phase in ("healing", "healed"))
        await asyncio.sleep(0)
    log.close()
    assert sorted(log.at_s, key=log.at_s.__getitem__) == ["intended", "injected", "healing", "healed"]


def test_processes_and_links_have_limits_and_rules_have_none() -> None:
    assert _limit(Kill()) is PROCESS_AT_MOST
    assert _limit(LinkDown(link="mailer")) is LINK_AT_MOST
    assert _limit(Hold(on="charge", point="before_effect")) is None
