"""reconfigure: endpoints end and are started again with other settings, as when an operator changes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from chaos.errors import CannotDo
from chaos.evidence.faultlog import Injection
from chaos.faults.processes import ProcessFault, healing, kill, start, victims
from chaos.stack.stack import Configurable, Stack, Target

Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,99}$")]
Value = Annotated[str, Field(pattern=r"^[^\x00-\x1f]{0,2000}$")]


class Reconfigure(ProcessFault):
    """Kills `target` and starts it with these environment `variables` in place of its own; on heal with its own.

    In a value "{ingress}" stands for the URL of Restate's ingress itself, which is another than that of its link.
    """

    fault: Literal["reconfigure"] = "reconfigure"
    target: Literal["endpoint", "endpoints"] | Annotated[str, Field(pattern=r"^endpoint(_v\d+)?-\d+$")] = "endpoint"
    variables: dict[Variable, Value] = Field(min_length=1)

    targets: ClassVar[str] = "endpoint, endpoint-N, endpoints"
    effect: ClassVar[str] = "the operating system shows those values in the environment of the processes that serve"
    needs: ClassVar[frozenset[str]] = frozenset({"process", "settings"})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        changed = [_configurable(each) for each in await victims(stack, self.target, f"step {injection.step}")]
        wanted = {name: value.replace("{ingress}", stack.ingress.url) for name, value in self.variables.items()}
        before = await _so_set(changed, wanted)
        injection.log("intended")
        try:
            await kill(changed)
            injection.log("injected")
            await asyncio.gather(*(each.start_as(wanted) for each in changed))
            injection.observe(
                "processes that run with all of these settings",
                "process environment",
                before=before,
                during=await _so_set(changed, wanted),
                relation="differs",
            )
            yield
        finally:
            async with healing(injection):
                await kill(changed)
                await start(changed)


def _configurable(target: Target) -> Configurable:
    if not isinstance(target, Configurable):
        raise CannotDo(f"{target.name} cannot be started with other settings", where="plan")
    return target


async def _so_set(targets: list[Configurable], wanted: Mapping[str, str]) -> int:
    """How many of them run with these settings."""
    environments = [await target.environ() for target in targets]
    return sum(wanted.items() <= dict(each).items() for each in environments)
