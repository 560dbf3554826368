"""bandwidth: a link passes only so many bytes per second."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from pydantic import Field

from chaos.evidence.faultlog import Injection
from chaos.faults.fault import Fault
from chaos.faults.links import LINKS, LinkName, Pace, toxic
from chaos.plan.step import Claim
from chaos.stack.stack import Stack
from chaos.stack.toxiproxy import Stream


class Bandwidth(Fault):
    """Limits each connection of `link` to `rate_kb_per_s` kB (1,000 bytes) per second, in the direction of `stream`.

    Rates above 10 are refused: messages here are a few hundred bytes long, and the delay could not be seen.
    """

    fault: Literal["bandwidth"] = "bandwidth"
    link: LinkName
    rate_kb_per_s: int = Field(ge=1, le=10)
    stream: Stream = "downstream"

    targets: ClassVar[str] = LINKS
    effect: ClassVar[str] = "data passes the link no faster than the rate, and slower than before"
    needs: ClassVar[frozenset[str]] = frozenset({"link"})

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - links are not replicas
        return frozenset({("link", self.link, "bandwidth", self.stream)})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        pace = await Pace.now(stack, self.link, self.stream, self.rate_kb_per_s)
        injection.log("intended")
        attributes = {"rate": self.rate_kb_per_s}
        async with toxic(stack, self.link, self.stream, name=injection.step, type_="bandwidth", attributes=attributes):
            injection.log("injected")
            await pace.observe(injection)
            yield
            injection.log("healing")
        injection.log("healed")
