"""What the container-only faults share: their victims, and what the kernel reports about a control group."""

from __future__ import annotations

from abc import ABC
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import ClassVar

from chaos.evidence.faultlog import Injection
from chaos.faults.processes import ProcessFault, victims
from chaos.stack.stack import Contained, Stack, contained

NO_LIMIT = "max"  # as cgroups v2 write it; v1 writes a number that nothing can reach
MOST_BYTES = 2**60


class ContainerFault(ProcessFault, ABC):
    """A fault of the container that `target` is."""

    needs: ClassVar[frozenset[str]] = frozenset({"container"})

    async def containers(self, stack: Stack, injection: Injection) -> list[Contained]:
        """Its victims. Raises BadInput when one does not exist, is already dead, or is not a container."""
        return [contained(each) for each in await victims(stack, self.target, f"step {injection.step}")]


@asynccontextmanager
async def healed_by(heal: Callable[[], Awaitable[object]], injection: Injection) -> AsyncIterator[None]:
    """Heals on exit, whatever happened, and logs it."""
    try:
        yield
    finally:
        injection.log("healing")
        await heal()
        injection.log("healed")


async def held_back(container: Contained) -> int:
    """In how many periods the kernel has throttled its processes since it was started, for lack of CPU quota."""
    return await _count(container, "nr_throttled", "cpu.stat", "cpu/cpu.stat")


async def memory_limit(container: Contained) -> int | None:
    """How many bytes of memory the kernel lets it use; null: there is no limit."""
    said = (await _kernel(container, "memory.max", "memory/memory.limit_in_bytes")).strip()
    return None if said == NO_LIMIT or int(said) > MOST_BYTES else int(said)


async def memory_used(container: Contained) -> int:
    """How many bytes of memory it uses, including files that the kernel caches for it."""
    return int(await _kernel(container, "memory.current", "memory/memory.usage_in_bytes"))


async def kills_for_memory(container: Contained) -> int:
    """How many of its processes the kernel has killed since it was started, because it ran out of memory."""
    return await _count(container, "oom_kill", "memory.events", "memory/memory.oom_control")


async def _count(container: Contained, key: str, version_2: str, version_1: str) -> int:
    said = await _kernel(container, version_2, version_1)
    return {name: int(number) for name, number in map(str.split, said.splitlines())}[key]


async def _kernel(container: Contained, version_2: str, version_1: str) -> str:
    """A file of its control group, by its name in either cgroup version, as seen in the container."""
    look = 'cd /sys/fs/cgroup && if [ -e "$0" ]; then cat "$0"; else cat "$1"; fi'
    return await container.run("bash", "-c", look, version_2, version_1)
