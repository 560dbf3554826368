"""cpu_starve: a process gets only a small share of CPU time, as if noisy neighbours took the rest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from pydantic import Field

from chaos.evidence.faultlog import Injection
from chaos.faults.processes import ProcessFault, meanwhile, victims, wait_for
from chaos.stack.stack import Stack, Target

SLICE_S = 0.02  # how long it runs at a time
LOOK_EVERY_S = 0.007  # out of step with the slices


class CpuStarve(ProcessFault):
    """Lets `target` run `percent` of the time, in slices of 20 ms, and stops it for the rest (SIGSTOP, SIGCONT)."""

    fault: Literal["cpu_starve"] = "cpu_starve"
    percent: float = Field(default=10, ge=1, le=50)

    effect: ClassVar[str] = "most samples of the process table show that very process as stopped"

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        starved = await victims(stack, self.target, f"step {injection.step}")
        seen = {(await victim.look()).replace("running", "stopped"): 0 for victim in starved}
        looks = 0

        async def look(over: asyncio.Event) -> None:
            nonlocal looks
            while True:
                looks += 1
                for victim in starved:
                    shown = await victim.look()
                    if shown in seen:
                        seen[shown] += 1
                if over.is_set():
                    return
                await wait_for(over, LOOK_EVERY_S)

        injection.log("intended")
        try:
            async with meanwhile(lambda over: self._take_turns(starved, over)), meanwhile(look):
                injection.log("injected")
                yield
        finally:
            injection.log("healing")
            for victim in starved:
                await victim.resume()
            injection.log("healed")
        injection.observe(
            "percent of samples in which a victim was stopped, of the one stopped least",
            "process table",
            before=0,
            during=round(min(seen.values()) / looks * 100),
            relation="at_least",
            bound=round((100 - self.percent) / 2),
        )

    async def _take_turns(self, starved: Sequence[Target], over: asyncio.Event) -> None:
        """Each stop makes up for the next slice, and for one that ran too long because the machine was busy."""
        began, ran_s = time.monotonic(), 0.0
        while not over.is_set():
            for victim in starved:
                await victim.pause()
            due_s = (ran_s + SLICE_S) * 100 / self.percent - SLICE_S
            await wait_for(over, due_s - (time.monotonic() - began))
            resumed = time.monotonic()
            for victim in starved:
                await victim.resume()
            await wait_for(over, SLICE_S)
            ran_s += time.monotonic() - resumed
