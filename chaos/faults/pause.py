"""pause: a process stops running without dying (SIGSTOP): connections stay open and nothing answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from pydantic import JsonValue

from chaos.evidence.faultlog import Injection
from chaos.faults.processes import ProcessFault, victims
from chaos.stack.stack import Stack
from chaos.waiting import NotYet, until

STOP_DEADLINE_S = 5


class Pause(ProcessFault):
    """Pauses `target` for as long as the step lasts."""

    fault: Literal["pause"] = "pause"

    effect: ClassVar[str] = "the process table shows that very pid as stopped"

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        paused = await victims(stack, self.target, f"step {injection.step}")
        before = [await victim.look() for victim in paused]

        async def all_stopped() -> list[JsonValue]:
            looks = [await victim.look() for victim in paused]
            if not all(look.endswith("stopped") for look in looks):
                raise NotYet(looks)
            return list(looks)

        injection.log("intended")
        try:
            for victim in paused:
                await victim.pause()
            during = await until(all_stopped, f"{self.target} to show as stopped", STOP_DEADLINE_S)
            injection.log("injected")
            injection.observe(
                "pid, start time and state of the victims",
                "process table",
                before=list(before),
                during=during,
                relation="equals",
                bound=[look.replace("running", "stopped") for look in before],
            )
            yield
        finally:
            injection.log("healing")
            for victim in paused:
                await victim.resume()
            injection.log("healed")
