"""pause_invocation: an operator pauses invocations that are under way, and resumes them when the step ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import ClassVar, Literal

from chaos.evidence.faultlog import Injection
from chaos.faults.invocations import InvocationFault, count, tell
from chaos.stack.stack import Stack
from chaos.waiting import NotYet, until

PAUSES_WITHIN_S = 20
RESUMES_WITHIN_S = 20


class PauseInvocation(InvocationFault):
    """Pauses them; Restate tries none of them again until they are resumed."""

    fault: Literal["pause_invocation"] = "pause_invocation"

    effect: ClassVar[str] = "sys_invocation shows them as paused"

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        chosen = await self.choose(stack)
        injection.log("intended", detail=", ".join(chosen))
        try:
            await tell(stack, chosen, "pause")
            injection.log("injected", detail=", ".join(chosen))
            paused = await until(
                partial(_so_many, stack, chosen, len(chosen)), "them to show as paused", PAUSES_WITHIN_S
            )
            injection.observe(
                "invocations that are paused",
                "sys_invocation",
                before=0,
                during=paused,
                relation="at_least",
                bound=len(chosen),
            )
            yield
        finally:
            injection.log("healing")
            await tell(stack, chosen, "resume")
            await until(partial(_so_many, stack, chosen, 0), "none of them to show as paused", RESUMES_WITHIN_S)
            injection.log("healed")


async def _so_many(stack: Stack, invocations: list[str], wanted: int) -> int:
    paused = await count(stack, invocations, "status = 'paused'")
    if paused != wanted:
        raise NotYet(f"{paused} of {len(invocations)} are paused")
    return paused
