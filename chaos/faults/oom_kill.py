"""oom_kill: a container runs out of memory, the kernel kills what runs in it, and it is restarted on heal."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import ClassVar, Literal

from chaos.errors import ChaosError, WaitTimedOut
from chaos.evidence.faultlog import Injection
from chaos.faults.containers import ContainerFault, kills_for_memory, memory_used
from chaos.faults.processes import bring_back
from chaos.stack.stack import Contained, Stack

MB = 2**20
BALLAST = "/tmp/ballast"  # noqa: S108 - the container's own, in memory
ROOM_MB = 64  # what it gets beyond what it uses, so that the process that fills it can start
DIES_WITHIN_S = 20
FIRST_TO_GO = "echo 1000 > /proc/self/oom_score_adj; exec tail /dev/zero"  # buffers one line that never ends


class OomKill(ContainerFault):
    """Lets `target` use little more memory than it has, and fills that, twice.

    First the kernel kills a process that volunteers for it, and its memory is free again: the container survives, and
    the kernel's count can be read in it. Then files in /tmp, which are in memory, fill it for good: the kernel kills
    the largest process in the container, which is its first, and with that one all are gone.
    """

    # Docker has a flag for such a death (`OOMKilled`), but loses it if the container is gone before Docker hears of it:
    # on a busy machine about 2 times in 100.

    fault: Literal["oom_kill"] = "oom_kill"

    effect: ClassVar[str] = "the kernel counts an OOM kill in the container, and a SIGKILL has ended the container"

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        killed = await self.containers(stack, injection)
        injection.log("intended")
        try:
            seen = await asyncio.gather(*(exhaust(each) for each in killed))
            injection.log("injected")
            injection.observe(
                "processes that the kernel killed in a victim because it ran out of memory, at least",
                "memory control group in the container",
                before=0,
                during=min(seen),
                relation="at_least",
                bound=1,
            )
            injection.observe(
                "victims that a SIGKILL has ended, out of memory",
                "Docker's engine",
                before=0,
                during=sum(await asyncio.gather(*(_was_killed(each) for each in killed))),
                relation="equals",
                bound=len(killed),
            )
            yield
        finally:
            await asyncio.gather(*(relieve(each) for each in killed))
            await bring_back(killed, injection)


async def exhaust(container: Contained) -> int:
    """Fills all of its memory, twice; returns how many processes the kernel was seen to kill the first time."""
    before = await kills_for_memory(container)
    limit_mb = await memory_used(container) // MB + ROOM_MB
    await container.limit_memory(limit_mb)
    seen = 0
    with suppress(ChaosError):  # of the one that is killed, and of a container that went with it
        await container.run("bash", "-c", FIRST_TO_GO)
    with suppress(ChaosError):
        seen = await kills_for_memory(container) - before
    with suppress(ChaosError):
        await container.run("bash", "-c", f"head --bytes {2 * limit_mb}M /dev/zero > {BALLAST}")
    return seen


async def relieve(container: Contained) -> None:
    """Lets it have memory again; if the container is gone, so is what it had in memory."""
    await container.limit_memory(None)
    if await container.look() != "gone":
        await container.run("rm", "--force", BALLAST)


async def _was_killed(container: Contained) -> bool:
    """Whether a SIGKILL has ended it. Docker learns of a death a moment later."""
    with suppress(WaitTimedOut):
        await container.ended(DIES_WITHIN_S)
    return await container.exit_code() == -signal.SIGKILL
