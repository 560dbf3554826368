"""kill: a process ends at once (SIGKILL to its group), and is restarted on heal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from pydantic import JsonValue

from chaos.evidence.faultlog import Injection
from chaos.faults import processes
from chaos.faults.processes import ProcessFault, bring_back, victims
from chaos.stack.stack import Stack


class Kill(ProcessFault):
    """Kills `target` for as long as the step lasts."""

    fault: Literal["kill"] = "kill"

    effect: ClassVar[str] = "the process table no longer shows that pid with that start time"

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        killed = await victims(stack, self.target, f"step {injection.step}")
        before: list[JsonValue] = [await victim.look() for victim in killed]
        injection.log("intended")
        try:
            await processes.kill(killed)
            injection.log("injected")
            injection.observe(
                "pid, start time and state of the victims",
                "process table",
                before=before,
                during=[await victim.look() for victim in killed],
                relation="equals",
                bound=["gone"] * len(killed),
            )
            yield
        finally:
            await bring_back(killed, injection)
