"""flapping: a link goes down and comes up again, over and over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import ClassVar, Literal

from pydantic import Field

from chaos.evidence.faultlog import Injection
from chaos.faults.fault import Fault
from chaos.faults.links import LINKS, LinkName, heal, meanwhile, probe_link
from chaos.plan.step import Claim
from chaos.stack.stack import Stack


class Flapping(Fault):
    """Takes `link` down for `down_ms` and up for `up_ms`, again and again until the heal; it starts with down."""

    fault: Literal["flapping"] = "flapping"
    link: LinkName
    down_ms: int = Field(default=100, ge=10, le=60_000)
    up_ms: int = Field(default=200, ge=10, le=60_000)

    targets: ClassVar[str] = LINKS
    effect: ClassVar[str] = (
        "a connection to the link is refused and the next is answered, where none was refused before"
    )
    needs: ClassVar[frozenset[str]] = frozenset({"link"})

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - links are not replicas
        return frozenset({("link", self.link)})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        proxies = stack.toxiproxy
        before = await probe_link(stack, self.link)
        injection.log("intended")
        try:
            await proxies.disable(self.link)
            injection.log("injected")
            down = await probe_link(stack, self.link)
            await asyncio.sleep(self.down_ms / 1000)
            await proxies.enable(self.link)
            up = await probe_link(stack, self.link)
            injection.observe(
                "outcomes of requests through the link, down and up",
                "probe",
                before=before.outcome,
                during=[down.outcome, up.outcome],
                relation="equals",
                bound=["refused", "answered"],
            )
            async with meanwhile(self._flap(stack)):
                yield
        finally:
            injection.log("healing")
            await heal(stack, partial(proxies.enable, self.link))
            injection.log("healed")

    async def _flap(self, stack: Stack) -> None:
        while True:
            await asyncio.sleep(self.up_ms / 1000)
            await stack.toxiproxy.disable(self.link)
            await asyncio.sleep(self.down_ms / 1000)
            await stack.toxiproxy.enable(self.link)
