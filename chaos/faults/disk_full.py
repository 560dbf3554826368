"""disk_full: there is no room left where Restate keeps its data."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from chaos.errors import BadInput
from chaos.faultlog import Injection
from chaos.faults.processes import healing, meanwhile, start, wait_for
from chaos.plan import Fault
from chaos.schedule import Claim
from chaos.stack import Contained, Stack, contained

BALLAST = "/data/ballast"
NO_SPACE = "No space left on device"
LOOK_EVERY_S = 0.1


class DiskFull(Fault):
    """Fills the disk that has Restate's data, which must be one of a size of its own (`stack.restate_disk_mb`).

    The first append that fails makes Restate refuse all others, until there is room and it is started again: that is
    what the heal does. Of a disk larger than some 80 MB it reserves much for its log beforehand, and is not in need
    until that is used up.
    """

    fault: Literal["disk_full"] = "disk_full"
    target: Literal["restate"] = "restate"

    targets: ClassVar[str] = "restate"
    effect: ClassVar[str] = "Restate's log says that there was no space left to append to"
    needs: ClassVar[frozenset[str]] = frozenset({"container", "disk"})

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - it has the same one on any stack
        return frozenset({("process", "restate")})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        if stack.spec.restate_disk_mb is None:
            raise BadInput(
                "this machine's own disk is not for filling",
                where=f"step {injection.step}",
                next_step="give Restate a disk of its own: stack.restate_disk_mb",
            )
        restate = contained(stack.target("restate"))
        before = await refused(restate)

        async def watch(over: asyncio.Event) -> None:
            while (seen := await refused(restate)) == before and not over.is_set():
                await wait_for(over, LOOK_EVERY_S)
            injection.observe(
                "times that there was no space", "Restate's log", before=before, during=seen, relation="differs"
            )

        injection.log("intended")
        try:
            await fill(restate)
            injection.log("injected")
            async with meanwhile(watch):
                yield
        finally:
            async with healing(injection):
                await restate.put(BALLAST, b"")
                await restate.kill()
                await start([restate])


async def fill(container: Contained) -> None:
    """Takes what room there is, to the last byte."""
    await container.run("bash", "-c", f"cat /dev/zero > {BALLAST} || true")


async def refused(container: Contained) -> int:
    """How often it said, since it was started, that there was no space."""
    return (await container.new_log()).count(NO_SPACE)
