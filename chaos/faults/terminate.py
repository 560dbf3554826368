"""terminate: a process is asked to end (SIGTERM), exits by itself, and is restarted on heal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from pydantic import Field

from chaos.evidence.faultlog import Injection
from chaos.faults.processes import ProcessFault, ask_to_end, bring_back, ended, victims
from chaos.stack.stack import Stack


class Terminate(ProcessFault):
    """Ends `target` gracefully for as long as the step lasts; if it has not ended after `grace_s`, the step fails."""

    fault: Literal["terminate"] = "terminate"
    grace_s: float = Field(default=10, gt=0, le=600)

    effect: ClassVar[str] = "the process has exited with its own exit code, not by a signal"

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        asked = await victims(stack, self.target, f"step {injection.step}")
        injection.log("intended")
        try:
            await ask_to_end(asked)
            injection.log("injected")
            await ended(asked, self.grace_s)
            codes = [await victim.exit_code() for victim in asked]
            injection.observe(
                "lowest exit code of the victims (below 0: the signal that ended it)",
                "exit status",
                during=min((code for code in codes if code is not None), default=None) if None not in codes else None,
                relation="at_least",
                bound=0,
            )
            yield
        finally:
            await bring_back(asked, injection)
