"""reset_peer: connections through a link are reset (TCP RST), pooled ones too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from chaos.evidence.faultlog import Injection
from chaos.faults.fault import Fault
from chaos.faults.links import LINKS, LinkName, probe_link, toxic
from chaos.plan.step import Claim
from chaos.stack.stack import Stack
from chaos.stack.toxiproxy import Stream


class ResetPeer(Fault):
    """Resets every connection through `link` once data flows in the direction of `stream`.

    Toxiproxy resets only connections opened after the toxic was added; the link is therefore cut once, so that
    pooled connections have to be opened anew.
    """

    fault: Literal["reset_peer"] = "reset_peer"
    link: LinkName
    stream: Stream = "downstream"

    targets: ClassVar[str] = LINKS
    effect: ClassVar[str] = "a request through the link ends in a reset, where one before was answered"
    needs: ClassVar[frozenset[str]] = frozenset({"link"})

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - links are not replicas
        return frozenset({("link", self.link)})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        before = await probe_link(stack, self.link)
        injection.log("intended")
        attributes = {"timeout": 0}
        async with toxic(stack, self.link, self.stream, name=injection.step, type_="reset_peer", attributes=attributes):
            await stack.toxiproxy.cut(self.link)
            injection.log("injected")
            during = await probe_link(stack, self.link)
            injection.observe(
                "outcome of a request through the link",
                "probe",
                before=before.outcome,
                during=during.outcome,
                relation="equals",
                bound="reset",
            )
            yield
            injection.log("healing")
        injection.log("healed")
