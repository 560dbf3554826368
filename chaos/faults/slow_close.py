"""slow_close: when one side of a link closes a connection, the other learns of it late."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from pydantic import Field

from chaos.evidence.faultlog import Injection
from chaos.faults.fault import Fault
from chaos.faults.links import LINKS, PROBES_BEFORE, LinkName, delayed_ms, toxic
from chaos.plan.step import Claim
from chaos.stack.probe import PATIENCE_S, Probe, exchange
from chaos.stack.stack import Stack
from chaos.stack.toxiproxy import Stream


class SlowClose(Fault):
    """Delays the close of a connection on `link` by `delay_ms`, in the direction of `stream`."""

    fault: Literal["slow_close"] = "slow_close"
    link: LinkName
    delay_ms: int = Field(ge=10, le=60_000)
    stream: Stream = "downstream"

    targets: ClassVar[str] = LINKS
    effect: ClassVar[str] = (
        "an exchange that ends with that side's close takes at least 90 % of the delay, and longer than before"
    )
    needs: ClassVar[frozenset[str]] = frozenset({"link"})

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - links are not replicas
        return frozenset({("link", self.link, "slow_close", self.stream)})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        before = min([(await self._closing(stack)).milliseconds for _ in range(PROBES_BEFORE)])
        injection.log("intended")
        attributes = {"delay": self.delay_ms}
        async with toxic(stack, self.link, self.stream, name=injection.step, type_="slow_close", attributes=attributes):
            injection.log("injected")
            during = await self._closing(stack)
            injection.observe(
                "time until a connection that one side closes has ended, ms",
                "probe",
                before=round(before, 1),
                during=None if during.outcome == "timeout" else round(during.milliseconds, 1),
                relation="at_least",
                bound=delayed_ms(before, self.delay_ms),
            )
            yield
            injection.log("healing")
        injection.log("healed")

    async def _closing(self, stack: Stack) -> Probe:
        """An exchange after which the side that `stream` comes from closes the connection."""
        patience_s = PATIENCE_S + self.delay_ms / 1000
        return await exchange(stack.link(self.link), patience_s, hang_up=self.stream == "upstream")
