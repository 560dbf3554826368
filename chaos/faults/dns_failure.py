"""dns_failure: a container's name no longer resolves: whoever connects anew does not find it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from chaos.evidence.faultlog import Injection
from chaos.faults.containers import healed_by
from chaos.faults.fault import Fault
from chaos.plan.moments import Name
from chaos.plan.step import Claim
from chaos.stack.stack import Contained, Stack, contained


class DnsFailure(Fault):
    """Takes the name of `target` out of the network's DNS; it goes on running where it is.

    The link to it is what looks it up, for each connection. Those that are open are cut once: a pool of connections
    would otherwise go on as if nothing had happened, and for as long as it likes.
    """

    fault: Literal["dns_failure"] = "dns_failure"
    target: Name

    targets: ClassVar[str] = "restate, or a third party by its name"
    effect: ClassVar[str] = "a lookup of the name, from the container of those who need it, finds nothing"
    needs: ClassVar[frozenset[str]] = frozenset({"container", "name"})

    @property
    def _link(self) -> str:
        """The link that leads to it."""
        return "ingress" if self.target == "restate" else self.target

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - it has the same ones on any stack
        """The container, whose name is gone, and the link to it."""
        return frozenset({("process", self.target), ("link", self._link)})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        nameless, asking = contained(stack.target(self.target)), contained(stack.target("toxiproxy"))
        before = await found(asking, nameless.host)
        injection.log("intended")
        async with healed_by(nameless.unhide, injection):
            await nameless.hide()
            await stack.toxiproxy.cut(self._link)
            injection.log("injected")
            injection.observe(
                f"addresses that {nameless.host} resolves to",
                "getent in Toxiproxy's container",
                before=before,
                during=await found(asking, nameless.host),
                relation="equals",
                bound=0,
            )
            yield


async def found(asking: Contained, name: str) -> int:
    """How many addresses a name resolves to, from within a container."""
    look = 'getent ahosts "$0" || [ $? = 2 ]'  # 2: there is no such name
    return len((await asking.run("bash", "-c", look, name)).splitlines())
