"""disk_full: there is no room left where Restate keeps its data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import ClassVar, Literal

from chaos.errors import BadInput, WaitTimedOut
from chaos.evidence.faultlog import Injection
from chaos.faults.fault import Fault
from chaos.faults.processes import healing, start
from chaos.plan.step import Claim
from chaos.stack.stack import Contained, Stack, contained
from chaos.waiting import NotYet, until

BALLAST = "/data/ballast"
NO_SPACE = "No space left on device"
LOOK_EVERY_S = 0.1
REFUSES_WITHIN_S = 20


class DiskFull(Fault):
    """Fills the disk that holds Restate's data, which must be a disk of its own (`stack.restate_disk_mb`).

    After the first append that fails, Restate refuses all others until there is room and it is restarted: that is
    what the heal does. On a disk larger than about 80 MB Restate reserves much of it for its log in advance, and runs
    out only when that is used up.
    """

    fault: Literal["disk_full"] = "disk_full"
    target: Literal["restate"] = "restate"

    targets: ClassVar[str] = "restate"
    effect: ClassVar[str] = "no byte is left, and Restate's log says that there was no space left to append"
    needs: ClassVar[frozenset[str]] = frozenset({"container", "disk"})

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - it has the same one on any stack
        return frozenset({("process", "restate")})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        if stack.spec.restate_disk_mb is None:
            raise BadInput(
                "this machine's own disk must not be filled",
                where=f"step {injection.step}",
                next_step="give Restate a disk of its own: stack.restate_disk_mb",
            )
        restate = contained(stack.target("restate"))
        before = await refused(restate)
        injection.log("intended")
        try:
            await fill(restate)
            injection.log("injected")
            left = await room(restate)
            injection.observe("bytes left", "df in the container", during=left, relation="equals", bound=0)
            yield
            seen = before if left else await _refuses(restate, before)
            injection.observe("times that no space was left", "Restate's log", before=before, during=seen)
        finally:
            async with healing(injection):
                await restate.put(BALLAST, b"")
                await restate.kill()
                await start([restate])


async def fill(container: Contained) -> None:
    """Takes all the room there is, to the last byte."""
    await container.run("bash", "-c", f"cat /dev/zero > {BALLAST} || true")


async def room(container: Contained) -> int:
    """How many bytes are left where it keeps its data."""
    table = await container.run("df", "--block-size=1", "--output=avail", BALLAST.rpartition("/")[0])
    return int(table.split()[-1])


async def refused(container: Contained) -> int:
    """How often it said, since it was started, that there was no space."""
    return (await container.new_log()).count(NO_SPACE)


async def _refuses(container: Contained, before: int) -> int:
    """The same count, once it has grown; Restate has something to append sooner or later."""

    async def more() -> int:
        said = await refused(container)
        if said == before:
            raise NotYet(f"{said} times")
        return said

    with suppress(WaitTimedOut):
        return await until(more, "Restate to find no space", REFUSES_WITHIN_S, LOOK_EVERY_S)
    return before
