"""oom_kill: a container runs out of memory, the kernel kills what runs in it, and it is started again on heal."""

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
ROOM_MB = 64  # what it gets beyond what it has, for whoever fills it to be started
DIES_WITHIN_S = 20
FIRST_TO_GO = "echo 1000 > /proc/self/oom_score_adj; exec tail /dev/zero"  # it looks for the end of a line: all is one


class OomKill(ContainerFault):
    """Lets `target` have little more memory than it has, and fills that, twice.

    First a process that offers itself is killed, and what it took is free again: the container lives, and in it the
    kernel can be asked. Then files in its /tmp, which are in its memory, fill it for good: the kernel kills the largest
    process in it, which is its first, and with that one all are gone.
    """

    # The engine has a word of its own for such a death (`OOMKilled`), and loses it where the container is gone before
    # it has heard of it: on a busy machine in some 2 of 100.

    fault: Literal["oom_kill"] = "oom_kill"

    effect: ClassVar[str] = "the kernel says that it kills for memory in the container, and a SIGKILL has ended that"

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        killed = await self.containers(stack, injection)
        injection.log("intended")
        try:
            seen = await asyncio.gather(*(exhaust(each) for each in killed))
            injection.log("injected")
            injection.observe(
                "processes that the kernel killed in a victim because it had no memory left, at least",
                "memory control group in the container",
                before=0,
                during=min(seen),
                relation="at_least",
                bound=1,
            )
            injection.observe(
                "victims that a SIGKILL has ended, their memory full",
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
    """Takes all of its memory, twice; returns how many processes the kernel was seen to kill for it the first time."""
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
    """Lets it have memory again; of one that is gone, what it had in memory is gone too."""
    await container.limit_memory(None)
    if await container.look() != "gone":
        await container.run("rm", "--force", BALLAST)


async def _was_killed(container: Contained) -> bool:
    """Whether a SIGKILL has ended it. The engine hears of a death a moment later."""
    with suppress(WaitTimedOut):
        await container.ended(DIES_WITHIN_S)
    return await container.exit_code() == -signal.SIGKILL
