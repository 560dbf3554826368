"""What the link faults share: naming a link, adding and removing a toxic, and measuring what a link lets through."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from chaos.evidence.faultlog import Injection
from chaos.faults.processes import identities
from chaos.stack.probe import PATIENCE_S, Probe, exchange, probe
from chaos.stack.stack import Stack
from chaos.stack.toxiproxy import Attributes, Stream, ToxiproxyError

LinkName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}(-[1-9])?$")]
"""A link by name; whether it exists is checked when the plan is bound to a stack."""
LINKS: str = (
    "links: ingress, endpoint, a third party by its name, restate-N (where its peers reach that node of a cluster)"
)
PROBES_BEFORE = 3  # the best of them counts, so that a busy machine does not move the bar
MEASURED_MS = 300  # how long the bytes of one measurement take at the expected rate
MEASURED_WITHIN_S = 20


async def probe_link(stack: Stack, link: str, timeout_s: float = PATIENCE_S, *, keep_alive: bool = False) -> Probe:
    """One request through a link, as its clients would make it."""
    return await probe(stack.link(link), timeout_s, keep_alive=keep_alive)


async def quickest_ms(stack: Stack, link: str) -> float:
    """How long a request through a link takes now, until the first byte of the answer."""
    return min([(await probe_link(stack, link)).milliseconds for _ in range(PROBES_BEFORE)])


def delayed_ms(before_ms: float, delay_ms: float) -> float:
    """How long a request delayed by `delay_ms` must take to be distinguished from one that was not."""
    return round(max(delay_ms * 0.9, before_ms * 1.5), 1)


def silence_s(before_ms: float) -> float:
    """How long to wait before saying that there is no answer, when one used to come after `before_ms`."""
    return 0.3 + before_ms / 100


@dataclass(frozen=True)
class Pace:
    """How fast bytes pass a link in one direction, in kB (1,000 bytes) per second, before and during the fault.

    Enough bytes are sent to take a while at the rate to be set: one long request upstream, or as many answers as
    needed downstream.
    """

    stack: Stack
    link: str
    stream: Stream
    rate_kb_per_s: float
    requests: int
    padding: int
    before: float = 0.0

    @classmethod
    async def now(cls, stack: Stack, link: str, stream: Stream, rate_kb_per_s: float) -> Pace:
        """The current pace of a link, to be compared with a rate of `rate_kb_per_s`."""
        size = math.ceil(rate_kb_per_s * MEASURED_MS)
        if stream == "upstream":
            pace = cls(stack, link, stream, rate_kb_per_s, requests=1, padding=size)
        else:
            answer = await exchange(stack.link(link))
            requests = size // max(answer.received, 1) + 1
            pace = cls(stack, link, stream, rate_kb_per_s, requests=requests, padding=0)
        return replace(pace, before=max([await pace.measured() or 0.0 for _ in range(PROBES_BEFORE)]))

    async def measured(self) -> float | None:
        """kB per second; None when the data did not pass."""
        seen = await exchange(
            self.stack.link(self.link), MEASURED_WITHIN_S, requests=self.requests, padding=self.padding
        )
        if seen.outcome != "answered":
            return None
        return (seen.sent if self.stream == "upstream" else seen.received) / seen.milliseconds

    async def observe(self, injection: Injection) -> None:
        """Measures again, and records whether it is now no faster than the rate and clearly slower than before."""
        during = await self.measured()
        injection.observe(
            f"{self.stream} through the link, kB/s",
            "probe",
            before=round(self.before, 1),
            during=during and round(during, 1),
            relation="at_most",
            bound=round(min(self.rate_kb_per_s * 1.1, self.before / 1.25), 1),
        )


@asynccontextmanager
async def toxic(
    stack: Stack, link: str, stream: Stream, *, name: str, type_: str, attributes: Attributes
) -> AsyncIterator[None]:
    """One toxic on a link for as long as the context lasts."""

    async def take_off() -> None:
        if any(each.name == name for each in await stack.toxiproxy.toxics(link)):  # else Toxiproxy was replaced
            await stack.toxiproxy.remove_toxic(link, name)

    try:
        await stack.toxiproxy.add_toxic(link, name, type_, stream, attributes)
        yield
    finally:
        await heal(stack, take_off)


async def heal(stack: Stack, undo: Callable[[], Awaitable[None]]) -> None:
    """Undoes something on a link. If Toxiproxy is wedged or dead, a new one is started, with all links intact.

    If several faults find it so at the same time, one of them restarts it.
    """
    process = stack.target("toxiproxy")
    before = await identities([process])
    try:
        await undo()
    except ToxiproxyError:
        async with stack.links_repair:
            if await identities([process]) in (before, ["gone"]):
                await process.kill()
                await process.start()


@asynccontextmanager
async def meanwhile(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Runs `work`, which never ends, while the context lasts. On exit raises whatever made it stop early."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
    if not task.cancelled():
        task.result()
