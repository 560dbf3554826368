"""link_down: a link refuses new connections and drops open ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import ClassVar, Literal

from chaos.evidence.faultlog import Injection
from chaos.faults.fault import Fault
from chaos.faults.links import LINKS, LinkName, heal, probe_link
from chaos.plan.step import Claim
from chaos.stack.stack import Stack


class LinkDown(Fault):
    """Takes `link` down until the heal."""

    fault: Literal["link_down"] = "link_down"
    link: LinkName

    targets: ClassVar[str] = LINKS
    effect: ClassVar[str] = "a connection to the link is refused, where one before was answered"
    needs: ClassVar[frozenset[str]] = frozenset({"link"})

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - links are not replicas
        return frozenset({("link", self.link)})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        before = await probe_link(stack, self.link)
        injection.log("intended")
        try:
            await stack.toxiproxy.disable(self.link)
            injection.log("injected")
            during = await probe_link(stack, self.link)
            injection.observe(
                "outcome of a request through the link",
                "probe",
                before=before.outcome,
                during=during.outcome,
                relation="equals",
                bound="refused",
            )
            yield
        finally:
            injection.log("healing")
            await heal(stack, partial(stack.toxiproxy.enable, self.link))
            injection.log("healed")
