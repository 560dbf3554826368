"""crash_loop: a process dies again and again, each time soon after it is ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from pydantic import Field

from chaos.evidence.faultlog import Injection
from chaos.faults.processes import ProcessFault, bring_back, identities, kill, meanwhile, start, victims, wait_for
from chaos.stack.stack import Stack


class CrashLoop(ProcessFault):
    """Kills `target` `times` times, each time `every_ms` after it is ready again; fewer if the step ends earlier.

    The step may last until that has been seen: `until=EffectSeen(step=…)` with its own id.
    """

    fault: Literal["crash_loop"] = "crash_loop"
    times: int = Field(default=3, ge=2, le=1_000)
    every_ms: int = Field(default=0, ge=0, le=600_000)

    effect: ClassVar[str] = "that many processes, each with its own pid and start time, were running and are gone"

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        looping = await victims(stack, self.target, f"step {injection.step}")
        died: set[str] = set()

        async def die() -> None:
            alive = await identities(looping)
            await kill(looping)
            died.update(was for was, now in zip(alive, await identities(looping), strict=True) if now == "gone")

        async def again(over: asyncio.Event) -> None:
            try:
                for _ in range(1, self.times):
                    await start(looping)
                    await wait_for(over, self.every_ms / 1000)
                    if over.is_set():
                        break
                    await die()
            finally:
                await bring_back(looping, injection)
            injection.observe(
                "processes that were running, each with its own pid and start time, and are gone",
                "process table",
                before=0,
                during=len(died),
                relation="at_least",
                bound=self.times * len(looping),
            )

        injection.log("intended")
        try:
            await die()
            injection.log("injected")
        except BaseException:
            await bring_back(looping, injection)
            raise
        async with meanwhile(again):
            yield
