"""fault_timings: how long it takes to break something, and to issue its heal, for each fault.

On a stack without a load each fault is injected and healed some times, with other victims, links and values each time,
as generated plans draw them. From the fault log, by a clock finer than the log's own:

- inject: from `intended`, when the fault is on disk, to `injected`. Probes for its effect come before and after that.
- issue the heal: from `healing` to `healed`; of a process that was dead, until it is in the process table again.
- seen: from `intended` until its effect was measured, where that was before the heal: `terminate` waits for its victim
  to end by itself, `clock_skew` until it is ready with its new clock.
- ready again: from `healing` until its victims are ready, which is for how long they start.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.report import Figure, Target, at_most, figure
from benchmarks.stacks import Bench
from booking.draw import ALONE, DRAWN, drawn_fault
from chaos.evidence.faultlog import FaultEvent, FaultLog, Injection
from chaos.faults.fault import Fault
from chaos.faults.processes import ProcessFault, identities
from chaos.plan.step import FAULTS
from chaos.stack.stack import Stack
from chaos.stack.stack import Target as Process
from chaos.waiting import NotYet, until

RUNS, QUICK_RUNS = 5, 2
PROCESS_AT_MOST, LINK_AT_MOST = at_most(50), at_most(30)  # ms
LOOK_EVERY_S = 0.001
BACK_WITHIN_S = 30
LIMITED = frozenset({"inject", "issue the heal"})


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """Milliseconds to inject, to issue the heal, and until ready again, by fault."""
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    targets: dict[str, Target | None] = {}
    async with bench.stack(links=True) as stack:
        for name in sorted(name for name in DRAWN.keys() - ALONE if FAULTS[name].needs <= stack.capabilities):
            for number in range(QUICK_RUNS if quick else RUNS):
                random = Random(number)
                fault = drawn_fault(random, name).resolve(random, len(stack.endpoints))
                targets[name] = _limit(fault)
                for what, took_ms in (await _timed(fault, stack)).items():
                    times[name, what].append(took_ms)
    return [
        figure(
            "fault_timings",
            f"{name}: {what}",
            "ms",
            took_ms,
            targets[name] if what in LIMITED else None,
        )
        for (name, what), took_ms in times.items()
    ]


def _limit(fault: Fault) -> Target | None:
    if isinstance(fault, ProcessFault):
        return PROCESS_AT_MOST
    return LINK_AT_MOST if hasattr(fault, "link") else None


async def _timed(fault: Fault, stack: Stack) -> Mapping[str, float]:
    """One injection and its heal, in milliseconds."""
    with TemporaryDirectory() as folder:
        log = _ClockedLog(Path(folder) / "faults.jsonl")
        victims = _victims(fault, stack)
        before = await identities(victims)
        async with fault.inject(stack, Injection(log, "timed", fault.fault, "")):
            broken = await identities(victims)
            replaced = [] if broken == before else victims  # those that are started again
            spawned = asyncio.create_task(_spawned(log, replaced, broken))
        log.close()
        spawned_s = await spawned
    inject_ms = (log.at_s["injected"] - log.at_s["intended"]) * 1000
    ready_ms = (log.at_s["healed"] - log.at_s["healing"]) * 1000
    took = {"inject": inject_ms, "issue the heal": ready_ms}
    if (seen_s := log.at_s.get("observed", log.at_s["healing"])) < log.at_s["healing"]:
        took["seen"] = (seen_s - log.at_s["intended"]) * 1000
    if replaced:
        took |= {"issue the heal": (spawned_s - log.at_s["healing"]) * 1000, "ready again": ready_ms}
    return took


def _victims(fault: Fault, stack: Stack) -> Sequence[Process]:
    if not isinstance(fault, ProcessFault):
        return []
    names = stack.endpoints if fault.target == "endpoints" else [fault.target]
    return [stack.target(name) for name in names]


async def _spawned(log: _ClockedLog, victims: Sequence[Process], broken: Sequence[str]) -> float:
    """When another process than the broken one was in each victim's place, after the heal had begun."""
    await log.heals.wait()

    async def all_there() -> float:
        found = await identities(victims)
        if "gone" in found or set(found) & set(broken):
            raise NotYet(found)
        return time.perf_counter()

    return await until(all_there, "the victims to be in the process table", BACK_WITHIN_S, LOOK_EVERY_S)


class _ClockedLog(FaultLog):
    """A fault log that also notes when each phase was said last."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.at_s: dict[str, float] = {}
        self.heals = asyncio.Event()

    def append(self, event: FaultEvent) -> None:
        self.at_s[event.phase] = time.perf_counter()
        if event.phase == "healing":
            self.heals.set()
        super().append(event)
