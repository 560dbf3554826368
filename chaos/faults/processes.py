"""What the process faults share: their victims, drawn from the stack's processes by the seed, and their return."""

from __future__ import annotations

import asyncio
import time
from abc import ABC
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from random import Random
from typing import Annotated, ClassVar, Self

from pydantic import Field

from chaos.errors import BadInput, WaitTimedOut
from chaos.evidence.cluster import leader
from chaos.evidence.faultlog import Injection
from chaos.faults.fault import Fault
from chaos.plan.step import Claim
from chaos.stack.stack import Stack, Target
from chaos.waiting import until

LEADER_PATIENCE_S = 10  # an election takes about three
ProcessName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}(-\d+)?$")]
"""A process by name; whether it exists is checked when the plan is bound to a stack."""


class ProcessFault(Fault, ABC):
    """A fault of `target`: "endpoint" (one drawn by the seed), "endpoint-N", all "endpoints", or a process by name.

    "restate" is all of Restate: on a cluster, every node at once. Of the nodes, "node" is one drawn by the seed,
    "restate-N" is that node, and "leader" is the one that leads the most invocations under way when the fault is
    injected; with a single server, each of these names means the server. The fault has its processes to itself: no
    other process fault may overlap with it there.
    """

    target: ProcessName = "endpoint"

    targets: ClassVar[str] = (
        "endpoint, endpoint-N, endpoints, restate, node, restate-N, leader, toxiproxy, a third party by its name"
    )
    needs: ClassVar[frozenset[str]] = frozenset({"process"})

    def resolve(self, random: Random, replicas: int, nodes: int = 1) -> Self:
        """The same fault, with "endpoint" resolved to one replica and "node" to one Restate node."""
        drawn: str = self.target
        if drawn == "endpoint":
            drawn = f"endpoint-{random.randrange(replicas)}"
        elif drawn == "node":
            drawn = f"restate-{random.randrange(nodes) + 1}" if nodes > 1 else "restate"
        return self.model_copy(update={"target": drawn})

    def claims(self, endpoints: int) -> frozenset[Claim]:
        """The processes that the target may resolve to; with Toxiproxy, every link goes."""
        if self.target == "toxiproxy":
            return frozenset({("process", "toxiproxy"), ("link",)})
        if self.target in ("endpoint", "endpoints"):
            return frozenset(("process", f"endpoint-{number}") for number in range(endpoints))
        if self.target in ("node", "leader"):
            return frozenset({("process", "restate")})
        if self.target.startswith("restate-"):
            return frozenset({("process", "restate", self.target)})
        return frozenset({("process", self.target)})


async def victims(stack: Stack, target: str, where: str) -> list[Target]:
    """The processes that a resolved target names. Raises BadInput when one does not exist or is already dead."""
    if target == "leader" and stack.cluster is not None:
        target = await until(partial(leader, stack.cluster, stack.journal), "a leader", LEADER_PATIENCE_S)
    found = stack.named(target)
    dead = [each.name for each in found if await each.look() == "gone"]
    if dead:
        raise BadInput(
            f"{', '.join(dead)} is already dead", where=where, next_step="let the fault before it heal first (until)"
        )
    return found


async def identities(processes: Iterable[Target]) -> list[str]:
    """ "<pid>@<start time>" of each, which is never reused; "gone" for those that are dead."""
    return [(await process.look()).split()[0] for process in processes]


async def kill(processes: Iterable[Target]) -> None:
    """Kills them at the same time; returns when all are gone."""
    await asyncio.gather(*(process.kill() for process in processes))


async def ask_to_end(processes: Iterable[Target]) -> None:
    """Asks them to end (SIGTERM), at the same time."""
    await asyncio.gather(*(process.ask_to_end() for process in processes))


async def ended(processes: Sequence[Target], patience_s: float) -> None:
    """Returns when all are gone. Raises WaitTimedOut when one had to be killed."""
    try:
        await asyncio.gather(*(process.ended(patience_s) for process in processes))
    except WaitTimedOut:
        await kill(processes)
        raise


async def start(processes: Iterable[Target]) -> None:
    """Starts those that are gone, at the same time; returns when all are ready."""
    gone = [process for process in processes if await process.look() == "gone"]
    await asyncio.gather(*(process.start() for process in gone))


async def bring_back(processes: Iterable[Target], injection: Injection) -> None:
    """Heals: starts those that are gone."""
    async with healing(injection):
        await start(processes)


@asynccontextmanager
async def healing(injection: Injection) -> AsyncIterator[None]:
    """The body of this context heals; the log says how long it took until all were ready."""
    injection.log("healing")
    began = time.monotonic()
    yield
    injection.log("healed", detail=f"ready after {(time.monotonic() - began) * 1000:.0f} ms")


@asynccontextmanager
async def meanwhile(work: Callable[[asyncio.Event], Awaitable[None]]) -> AsyncIterator[None]:
    """Runs `work` alongside the context. The event passed to it is set when the context ends; then it is awaited."""
    over = asyncio.Event()
    working = asyncio.ensure_future(work(over))
    try:
        yield
    finally:
        over.set()
        await working


async def wait_for(over: asyncio.Event, at_most_s: float) -> None:
    """Waits until the event is set, or for at most that many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(max(at_most_s, 0)):
            await over.wait()
