"""limit_data: a link carries a limited number of bytes per connection, then closes it, even mid-message."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from pydantic import Field

from chaos.evidence.faultlog import Injection
from chaos.faults.fault import Fault
from chaos.faults.links import LINKS, LinkName, toxic
from chaos.plan.step import Claim
from chaos.stack.probe import exchange
from chaos.stack.stack import Stack
from chaos.stack.toxiproxy import Stream


class LimitData(Fault):
    """Closes each connection through `link` after `limit_bytes` more in the direction of `stream`."""

    fault: Literal["limit_data"] = "limit_data"
    link: LinkName
    limit_bytes: int = Field(ge=1, le=4_000)
    stream: Stream = "downstream"

    targets: ClassVar[str] = LINKS
    effect: ClassVar[str] = "only that many bytes of a longer answer arrive; a longer request gets no answer"
    needs: ClassVar[frozenset[str]] = frozenset({"link"})

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - links are not replicas
        return frozenset({("link", self.link)})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        address = stack.link(self.link)
        requests, padding = 1, 0
        if self.stream == "upstream":
            padding = self.limit_bytes
        else:
            # Twice as many as it takes: answers are shorter where the connection stays open.
            requests += 2 * self.limit_bytes // max((await exchange(address)).received, 1)
        before = await exchange(address, requests=requests, padding=padding)
        injection.log("intended")
        attributes = {"bytes": self.limit_bytes}
        async with toxic(stack, self.link, self.stream, name=injection.step, type_="limit_data", attributes=attributes):
            injection.log("injected")
            during = await exchange(address, requests=requests, padding=padding)
            injection.observe(
                f"bytes of answers to {before.sent} bytes of requests on one connection",
                "probe",
                before=before.received,
                during=None if during.outcome == "timeout" else during.received,
                relation="at_most",
                bound=0 if self.stream == "upstream" else min(self.limit_bytes, before.received - 1),
            )
            yield
            injection.log("healing")
        injection.log("healed")
