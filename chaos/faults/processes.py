"""What the process faults share: choosing the victims, by seed, among the stack's processes."""

from __future__ import annotations

from random import Random
from typing import Annotated, Literal

from pydantic import Field

from chaos.errors import BadInput
from chaos.schedule import Claim
from chaos.stack import Stack, Target

ProcessName = (
    Literal["endpoint", "endpoints", "restate", "gateway", "mailer"]
    | Annotated[str, Field(pattern=r"^endpoint(_v\d+)?-\d+$")]
)


def choose(target: str, random: Random, replicas: int) -> str:
    """ "endpoint" becomes one replica drawn by the seed; other names stay."""
    return f"endpoint-{random.randrange(replicas)}" if target == "endpoint" else target


def claims(target: str, endpoints: int) -> frozenset[Claim]:
    """The processes that a target may turn out to be."""
    replicas = [f"endpoint-{number}" for number in range(endpoints)]
    return frozenset(("process", name) for name in (replicas if target in ("endpoint", "endpoints") else [target]))


async def victims(stack: Stack, target: str, where: str) -> list[Target]:
    """The processes a resolved target names. Raises BadInput when one is not there or already dead."""
    names = stack.endpoints if target == "endpoints" else [target]
    found = [stack.target(name) for name in names]
    dead = [each.name for each in found if await each.look() == "gone"]
    if dead:
        raise BadInput(
            f"{', '.join(dead)} is already dead", where=where, next_step="let the fault before it heal first (until)"
        )
    return found
