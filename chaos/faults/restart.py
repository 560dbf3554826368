"""restart: a process ends and is started again a while later, during the same step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from pydantic import Field

from chaos.evidence.faultlog import Injection
from chaos.faults.processes import (
    ProcessFault,
    ask_to_end,
    bring_back,
    ended,
    identities,
    kill,
    meanwhile,
    victims,
    wait_for,
)
from chaos.stack.stack import Stack

GRACE_S = 10


class Restart(ProcessFault):
    """Kills `target`, or ends it gracefully, and starts it again after `down_ms`, or when the step ends if earlier."""

    fault: Literal["restart"] = "restart"
    down_ms: int = Field(default=500, ge=0, le=600_000)
    graceful: bool = False

    effect: ClassVar[str] = "a different process, by pid and start time, runs in its place"

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        restarted = await victims(stack, self.target, f"step {injection.step}")
        before = await identities(restarted)

        async def come_back(over: asyncio.Event) -> None:
            await wait_for(over, self.down_ms / 1000)
            await bring_back(restarted, injection)
            others = set(await identities(restarted)) - {*before, "gone"}
            injection.observe(
                "victims in whose place a different process runs",
                "process table",
                before=0,
                during=len(others),
                relation="at_least",
                bound=len(restarted),
            )

        injection.log("intended")
        try:
            await (ask_to_end(restarted) if self.graceful else kill(restarted))
            injection.log("injected")
            await ended(restarted, GRACE_S)
        except BaseException:
            await bring_back(restarted, injection)
            raise
        async with meanwhile(come_back):
            yield
