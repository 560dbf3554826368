"""kill: a process ends at once (SIGKILL to its group), and is started again on heal."""

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


class Kill(Fault):
    """Kills `target`: one endpoint drawn by the seed, "endpoint-N", all "endpoints", or another process by name."""

    fault: Literal["kill"] = "kill"
    target: ProcessName = "endpoint"

    targets: ClassVar[str] = "endpoint, endpoint-N, endpoints, restate, gateway, mailer"
    effect: ClassVar[str] = "the process table no longer shows that pid with that start time"
    needs: ClassVar[frozenset[str]] = frozenset({"process"})

    def resolve(self, random: Random, replicas: int) -> Kill:
        return self.model_copy(update={"target": choose(self.target, random, replicas)})

    def claims(self, endpoints: int) -> frozenset[Claim]:
        return claims(self.target, endpoints)

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        killed = await victims(stack, self.target, f"step {injection.step}")
        before: list[JsonValue] = [await victim.look() for victim in killed]
        injection.log("intended")
        try:
            for victim in killed:
                await victim.kill()
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
            injection.log("healing")
            for victim in killed:
                if await victim.look() == "gone":
                    await victim.start()
            injection.log("healed")
