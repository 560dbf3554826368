"""clock_skew: the wall clock of an endpoint is wrong by an offset; the endpoint is restarted with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from chaos.evidence.faultlog import Injection
from chaos.faults.processes import ProcessFault, healing, kill, start, victims
from chaos.stack.probe import Address, clock_ahead_s
from chaos.stack.stack import Stack

YEAR_S = 366 * 24 * 3_600
NEAR_S = 5  # the date has whole seconds, and some time passes before it is read
ASKED_A_REPLICA = 8  # connections go to any replica: after this many, each was almost certainly reached


class ClockSkew(ProcessFault):
    """Restarts `target` with a clock `ahead_s` seconds ahead (below 0: behind), and on heal with the right one."""

    fault: Literal["clock_skew"] = "clock_skew"
    target: Literal["endpoint", "endpoints"] | Annotated[str, Field(pattern=r"^endpoint(_v\d+)?-\d+$")] = "endpoint"
    ahead_s: float = Field(default=3_600, ge=-YEAR_S, le=YEAR_S)

    targets: ClassVar[str] = "endpoint, endpoint-N, endpoints"
    effect: ClassVar[str] = "the `date` in the endpoint's own answers is ahead of our clock by about that much"
    needs: ClassVar[frozenset[str]] = frozenset({"process", "clock"})

    @field_validator("ahead_s")
    @classmethod
    def _can_be_seen(cls, ahead_s: float) -> float:
        if abs(ahead_s) < 2 * NEAR_S:
            raise ValueError(
                f"{ahead_s:g} s cannot be seen in an answer's date; use at least {2 * NEAR_S}, or at most -{2 * NEAR_S}"
            )
        return ahead_s

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        skewed = await victims(stack, self.target, f"step {injection.step}")
        group = skewed[0].name.rpartition("-")[0]
        siblings = [name for name in stack.targets if name.startswith(f"{group}-")]
        asked = ASKED_A_REPLICA * len(siblings)
        injection.log("intended")
        try:
            await kill(skewed)
            injection.log("injected")  # from here on no replica of it serves with the right clock
            await asyncio.gather(*(victim.start(ahead_s=self.ahead_s) for victim in skewed))
            injection.observe(
                f"answers, out of {asked}, whose date is about {self.ahead_s:+g} s from our clock",
                "date header",
                before=0,
                during=await self._wrong(stack.link(group), asked),
                relation="at_least",
                bound=asked if len(skewed) == len(siblings) else 1,
            )
            yield
        finally:
            async with healing(injection):
                await kill(skewed)
                await start(skewed)

    async def _wrong(self, link: Address, asked: int) -> int:
        """How many of `asked` answers, each on a connection of its own, have the wrong time."""
        told = await asyncio.gather(*(clock_ahead_s(link) for _ in range(asked)))
        return sum(ahead_s is not None and abs(ahead_s - self.ahead_s) <= NEAR_S for ahead_s in told)
