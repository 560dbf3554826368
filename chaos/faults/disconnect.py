"""disconnect: a container is taken off its network: its connections go silent, and nothing is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from pydantic import JsonValue

from chaos.evidence.faultlog import Injection
from chaos.faults.processes import ProcessFault, victims
from chaos.stack.stack import Stack, contained


class Disconnect(ProcessFault):
    """Partitions `target` from everything, this machine included, for as long as the step lasts. It keeps running.

    While Restate is cut off, so is its admin API: reading from it has to wait.
    """

    fault: Literal["disconnect"] = "disconnect"

    effect: ClassVar[str] = "the kernel shows no network interface in the container but loopback"
    needs: ClassVar[frozenset[str]] = frozenset({"container"})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        cut_off = [contained(each) for each in await victims(stack, self.target, f"step {injection.step}")]
        before: list[JsonValue] = [await each.interfaces() for each in cut_off]
        injection.log("intended")
        try:
            await asyncio.gather(*(each.cut_off() for each in cut_off))
            injection.log("injected")
            injection.observe(
                "network interfaces of the victims, except loopback",
                "/proc/net/dev in the container",
                before=before,
                during=[await each.interfaces() for each in cut_off],
                relation="equals",
                bound=[0] * len(cut_off),
            )
            yield
        finally:
            injection.log("healing")
            await asyncio.gather(*(each.rejoin() for each in cut_off))
            injection.log("healed")
