"""cpu_limit: a container's processes together get no more than a fraction of a CPU, by its control group."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from pydantic import Field

from chaos.evidence.faultlog import Injection
from chaos.faults.containers import ContainerFault, healed_by, held_back
from chaos.stack.stack import Stack


class CpuLimit(ContainerFault):
    """Limits `target` to `cpus` CPUs while it runs, and lifts the limit again."""

    fault: Literal["cpu_limit"] = "cpu_limit"
    cpus: float = Field(default=0.1, ge=0.01, le=64)

    effect: ClassVar[str] = "the kernel counts periods in which it throttled the container for its quota"

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        limited = await self.containers(stack, injection)
        before = [await held_back(each) for each in limited]

        async def lift() -> None:
            await asyncio.gather(*(each.limit_cpu(None) for each in limited))

        injection.log("intended")
        async with healed_by(lift, injection):
            await asyncio.gather(*(each.limit_cpu(self.cpus) for each in limited))
            injection.log("injected")
            yield
        # Only now: a command that looks inside the container would itself be throttled, and counted.
        more = [await held_back(each) - earlier for each, earlier in zip(limited, before, strict=True)]
        injection.observe(
            "periods in which the victim was throttled, of the one throttled least",
            "cpu.stat in the container",
            before=0,
            during=min(more),
            relation="at_least",
            bound=1,
        )
