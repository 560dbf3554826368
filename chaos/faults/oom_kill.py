"""oom_kill: a container runs out of memory, the kernel kills what runs in it, and it is started again on heal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import ClassVar, Literal

from chaos.errors import ChaosError, WaitTimedOut
from chaos.faultlog import Injection
from chaos.faults.containers import ContainerFault, memory_used
from chaos.faults.processes import bring_back
from chaos.stack import Contained, Stack
from chaos.waiting import NotYet, until

MB = 2**20
BALLAST = "/tmp/ballast"  # noqa: S108 - the container's own, in memory
ROOM_MB = 16  # what it gets beyond what it has, for whoever fills it to be started
DIES_WITHIN_S = 20


class OomKill(ContainerFault):
    """Lets `target` have little more memory than it has, and fills that: files in its /tmp are in its memory.

    The kernel then kills the largest process in it, which is its first; with that one all are gone.
    """

    fault: Literal["oom_kill"] = "oom_kill"

    effect: ClassVar[str] = "the engine says that the container is gone because the kernel killed it for memory"

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        killed = await self.containers(stack, injection)
        injection.log("intended")
        try:
            await asyncio.gather(*(exhaust(each) for each in killed))
            injection.log("injected")
            injection.observe(
                "victims that are gone because the kernel killed them for memory",
                "Docker's engine",
                before=0,
                during=await _dead(killed),
                relation="equals",
                bound=len(killed),
            )
            yield
        finally:
            await asyncio.gather(*(relieve(each) for each in killed))
            await bring_back(killed, injection)


async def exhaust(container: Contained) -> None:
    """Takes all of its memory; whoever does it, in the container, dies with it."""
    limit_mb = await memory_used(container) // MB + ROOM_MB
    await container.limit_memory(limit_mb)
    with suppress(ChaosError):
        await container.run("bash", "-c", f"head --bytes {2 * limit_mb}M /dev/zero > {BALLAST}")


async def relieve(container: Contained) -> None:
    """Lets it have memory again; of one that is gone, what it had in memory is gone too."""
    await container.limit_memory(None)
    if await container.look() != "gone":
        await container.run("rm", "--force", BALLAST)


async def _dead(killed: Sequence[Contained]) -> int:
    """How many died of it. The engine hears of a death a moment later."""

    async def all_of_them() -> None:
        if not all([await each.died_of_memory() for each in killed]):
            raise NotYet

    with suppress(WaitTimedOut):
        await until(all_of_them, "all to be dead", DIES_WITHIN_S, 0.05)
    return sum([await each.died_of_memory() for each in killed])
