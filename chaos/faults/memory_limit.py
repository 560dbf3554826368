"""memory_limit: a container may use only so much memory, by its control group."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from pydantic import Field, JsonValue

from chaos.evidence.faultlog import Injection
from chaos.faults.containers import ContainerFault, healed_by, memory_limit
from chaos.stack.stack import Stack

MB = 2**20


class MemoryLimit(ContainerFault):
    """Limits `target` to `limit_mb` megabytes (2^20 bytes) while it runs, swap included, and lifts the limit again.

    The kernel reclaims what is over the limit from the container's cache; if that is not enough, the step fails or
    the kernel kills a process, depending on the kernel's version.
    """

    fault: Literal["memory_limit"] = "memory_limit"
    limit_mb: int = Field(ge=6, le=1_000_000)

    effect: ClassVar[str] = "the kernel reports that limit in the container"

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        limited = await self.containers(stack, injection)
        before: list[JsonValue] = [await memory_limit(each) for each in limited]

        async def lift() -> None:
            await asyncio.gather(*(each.limit_memory(None) for each in limited))

        injection.log("intended")
        async with healed_by(lift, injection):
            await asyncio.gather(*(each.limit_memory(self.limit_mb) for each in limited))
            injection.log("injected")
            injection.observe(
                "bytes of memory that the victims may use",
                "memory control group in the container",
                before=before,
                during=[await memory_limit(each) for each in limited],
                relation="equals",
                bound=[self.limit_mb * MB] * len(limited),
            )
            yield
