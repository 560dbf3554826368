"""pause: a process stops running without dying (SIGSTOP): connections stay open and nothing answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import ClassVar, Literal

from pydantic import JsonValue

from chaos.faultlog import Injection
from chaos.faults.processes import ProcessName, choose, claims, victims
from chaos.plan import Fault
from chaos.schedule import Claim
from chaos.stack import Stack
from chaos.waiting import NotYet, until

STOP_DEADLINE_S = 5


class Pause(Fault):
    """Pauses `target`: one endpoint drawn by the seed, "endpoint-N", all "endpoints", or another process by name."""

    fault: Literal["pause"] = "pause"
    target: ProcessName = "endpoint"

    targets: ClassVar[str] = "endpoint, endpoint-N, endpoints, restate, gateway, mailer"
    effect: ClassVar[str] = "the process table shows that very pid as stopped"
    needs: ClassVar[frozenset[str]] = frozenset({"process"})

    def resolve(self, random: Random, replicas: int) -> Pause:
        return self.model_copy(update={"target": choose(self.target, random, replicas)})

    def claims(self, endpoints: int) -> frozenset[Claim]:
        return claims(self.target, endpoints)

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
