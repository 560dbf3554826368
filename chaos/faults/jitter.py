"""jitter: every byte through a link arrives late, by a delay that keeps changing, as drawn from the seed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from random import Random
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from chaos.errors import WaitTimedOut
from chaos.evidence.faultlog import Injection
from chaos.faults.fault import Fault
from chaos.faults.links import LINKS, LinkName, delayed_ms, meanwhile, probe_link, quickest_ms, toxic
from chaos.plan.step import Claim
from chaos.stack.probe import PATIENCE_S
from chaos.stack.stack import Stack
from chaos.stack.toxiproxy import Stream
from chaos.waiting import NotYet, until

DRAWN = 30
QUICK_WITHIN_S = 10


class Jitter(Fault):
    """Delays `link` in the direction of `stream` by `min_ms` to `max_ms`, with a new value every `every_ms`.

    The values are `latencies_ms`, over and over; they are drawn from the seed unless the plan gives them. The longest
    and then the shortest come first, and each of these two is probed. A change releases the bytes that are waiting.
    """

    fault: Literal["jitter"] = "jitter"
    link: LinkName
    min_ms: int = Field(default=0, ge=0, le=60_000)
    max_ms: int = Field(ge=10, le=60_000)
    every_ms: int = Field(default=200, ge=10, le=60_000)
    stream: Stream = "downstream"
    latencies_ms: tuple[int, ...] = ()

    targets: ClassVar[str] = LINKS
    effect: ClassVar[str] = (
        "a request takes at least 90 % of the longest latency and longer than before; a later one takes less"
    )
    needs: ClassVar[frozenset[str]] = frozenset({"link"})

    @model_validator(mode="after")
    def _changes(self) -> Jitter:
        if self.max_ms < 2 * self.min_ms:
            raise ValueError(f"max_ms: {self.max_ms}; at least twice min_ms ({self.min_ms}), or it is mere latency")
        if self.every_ms < self.max_ms:
            raise ValueError(f"every_ms: {self.every_ms}; at least max_ms ({self.max_ms}), or no byte waits that long")
        if self.latencies_ms and self.latencies_ms[:2] != (self.max_ms, self.min_ms):
            raise ValueError(f"latencies_ms: must begin with max_ms and min_ms ({self.max_ms}, {self.min_ms})")
        return self

    def resolve(self, random: Random, replicas: int, nodes: int = 1) -> Jitter:  # noqa: ARG002 - links are not replicas
        drawn = tuple(random.randint(self.min_ms, self.max_ms) for _ in range(DRAWN))
        return self.model_copy(update={"latencies_ms": self.latencies_ms or (self.max_ms, self.min_ms, *drawn)})

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - links are not replicas
        return frozenset({("link", self.link, "latency", self.stream)})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        before = await quickest_ms(stack, self.link)
        injection.log("intended")
        attributes = {"latency": self.max_ms, "jitter": 0}
        async with toxic(stack, self.link, self.stream, name=injection.step, type_="latency", attributes=attributes):
            injection.log("injected")
            slow = await probe_link(stack, self.link, PATIENCE_S + 2 * self.max_ms / 1000)
            injection.observe(
                "round trip at the longest latency, ms",
                "probe",
                before=round(before, 1),
                during=round(slow.milliseconds, 1),
                relation="at_least",
                bound=delayed_ms(before, self.max_ms),
            )
            await stack.toxiproxy.update_toxic(self.link, injection.step, {"latency": self.min_ms})
            quick = await self._quickest_ms(stack)
            injection.observe(
                "round trip at the shortest latency, ms",
                "probe",
                before=round(slow.milliseconds, 1),
                during=quick and round(quick, 1),
                relation="at_most",
                bound=self.max_ms,
            )
            async with meanwhile(self._change(stack, injection.step)):
                yield
            injection.log("healing")
        injection.log("healed")

    async def _quickest_ms(self, stack: Stack) -> float | None:
        """A round trip that cannot have waited for `max_ms`; on a busy machine it may take several to find one."""

        async def quick() -> float:
            seen = await probe_link(stack, self.link)
            if seen.outcome != "answered" or seen.milliseconds >= self.max_ms:
                raise NotYet(f"{seen.outcome} after {seen.milliseconds:.0f} ms")
            return seen.milliseconds

        try:
            return await until(quick, "a round trip below the longest latency", QUICK_WITHIN_S)
        except WaitTimedOut:
            return None

    async def _change(self, stack: Stack, name: str) -> None:
        for latency_ms in cycle(self.latencies_ms[2:] + self.latencies_ms[:2]):
            await stack.toxiproxy.update_toxic(self.link, name, {"latency": latency_ms})
            await asyncio.sleep(self.every_ms / 1000)
