"""latency: every byte through a link arrives late by a fixed number of milliseconds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from pydantic import Field

from chaos.evidence.faultlog import Injection
from chaos.faults.fault import Fault
from chaos.faults.links import LINKS, LinkName, delayed_ms, probe_link, quickest_ms, toxic
from chaos.plan.step import Claim
from chaos.stack.probe import PATIENCE_S
from chaos.stack.stack import Stack
from chaos.stack.toxiproxy import Stream


class Latency(Fault):
    """Delays `link` by `latency_ms` in the direction of `stream`."""

    fault: Literal["latency"] = "latency"
    link: LinkName
    latency_ms: int = Field(ge=1, le=60_000)
    stream: Stream = "downstream"

    targets: ClassVar[str] = LINKS
    effect: ClassVar[str] = "a request through the link takes at least 90 % of the latency, and longer than before"
    needs: ClassVar[frozenset[str]] = frozenset({"link"})

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - links are not replicas
        return frozenset({("link", self.link, "latency", self.stream)})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        before = await quickest_ms(stack, self.link)
        injection.log("intended")
        attributes = {"latency": self.latency_ms, "jitter": 0}
        async with toxic(stack, self.link, self.stream, name=injection.step, type_="latency", attributes=attributes):
            injection.log("injected")
            during = await probe_link(stack, self.link, PATIENCE_S + 2 * self.latency_ms / 1000)
            injection.observe(
                "round trip through the link, ms",
                "probe",
                before=round(before, 1),
                during=round(during.milliseconds, 1),
                relation="at_least",
                bound=delayed_ms(before, self.latency_ms),
            )
            yield
            injection.log("healing")
        injection.log("healed")
