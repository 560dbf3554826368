"""asymmetric: requests pass through a link, but their answers are lost: one direction works, the other is dead."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from chaos.evidence.faultlog import Injection
from chaos.faults.fault import Fault
from chaos.faults.links import LINKS, LinkName, probe_link, quickest_ms, silence_s, toxic
from chaos.plan.step import Claim
from chaos.stack.stack import Stack

CLOSED_WITHIN_S = 5


class Asymmetric(Fault):
    """Loses what comes back on `link`, on open and new connections alike; what is sent to its far side arrives.

    With the directions swapped nothing would pass, because on these links nobody speaks before being asked. For
    that use `timeout`, upstream.
    """

    fault: Literal["asymmetric"] = "asymmetric"
    link: LinkName

    targets: ClassVar[str] = LINKS
    effect: ClassVar[str] = (
        "no byte of an answer arrives, yet the far side closes a connection that it was asked to close"
    )
    needs: ClassVar[frozenset[str]] = frozenset({"link"})

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - links are not replicas
        return frozenset({("link", self.link)})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        before = await quickest_ms(stack, self.link)
        injection.log("intended")
        async with toxic(
            stack, self.link, "downstream", name=injection.step, type_="timeout", attributes={"timeout": 0}
        ):
            injection.log("injected")
            answers = await probe_link(stack, self.link, silence_s(before), keep_alive=True)
            injection.observe(
                f"back: outcome of a request, answered in {before:.1f} ms before, within {silence_s(before):.1f} s",
                "probe",
                before="answered",
                during=answers.outcome,
                relation="equals",
                bound="timeout",
            )
            requests = await probe_link(stack, self.link, CLOSED_WITHIN_S)
            injection.observe(
                "forth: outcome of a request that asks the far side to close the connection",
                "probe",
                before="answered",
                during=requests.outcome,
                relation="equals",
                bound="closed",
            )
            yield
            injection.log("healing")
        injection.log("healed")
