"""deploy: another version of the app takes the new invocations; healed, the older ones have finished and are gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from typing import ClassVar, Literal

from pydantic import Field

from chaos.errors import WaitTimedOut
from chaos.evidence.faultlog import Injection
from chaos.evidence.journal import sql_text
from chaos.faults.fault import Fault
from chaos.plan.spec import AppName
from chaos.stack.stack import Stack
from chaos.waiting import NotYet, until

SERVES_WITHIN_S = 20
DRAINS_WITHIN_S = 30
POLL_S = 0.05
UNFINISHED = "and status <> 'completed'"


class Deploy(Fault):
    """Starts `endpoints` replicas of `app` (null: the app under test) and registers them beside those that run.

    Restate leaves an invocation on the deployment where it began. So the heal waits until nothing is left on the older
    ones, removes them from Restate and ends their endpoints; an upgrade that is broken off is left as it is.
    """

    fault: Literal["deploy"] = "deploy"
    app: AppName | None = None
    endpoints: int = Field(default=2, ge=1, le=16)

    targets: ClassVar[str] = "the stack: module:attribute or 'cmd:… {port} …' of another version of the app"
    effect: ClassVar[str] = "sys_service names the new deployment, and sys_invocation shows invocations pinned to it"
    needs: ClassVar[frozenset[str]] = frozenset({"deploy"})
    lasting: ClassVar[bool] = True

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        older = [row["id"] for row in await stack.journal.query("select id from sys_deployment")]
        await take_over(stack, injection, self.app, self.endpoints)
        left = await pinned_to(stack, older, UNFINISHED)
        yield
        injection.log("healing")
        await drain(stack, injection, older, left)
        injection.log("healed")


async def take_over(stack: Stack, injection: Injection, app: str | None, endpoints: int) -> str:
    """Deploys another version, and returns its id once it serves. Raises WaitTimedOut when it does not."""
    older = [row["id"] for row in await stack.journal.query("select id from sys_deployment")]
    before = await taking_new(stack)
    injection.log("intended")
    new = await stack.deployments.deploy(app or stack.app, endpoints)
    injection.log("injected", detail=f"{new} beside {', '.join(older)}")
    injection.observe(
        "deployment that new invocations go to",
        "sys_service",
        before=before,
        during=await taking_over(stack, new),
        relation="equals",
        bound=new,
    )

    async def serves() -> int:
        return await pinned_to(stack, [new]) or not_yet("no invocation is pinned to it")

    injection.observe(
        "invocations pinned to the new deployment",
        "sys_invocation",
        before=0,
        during=await until(serves, f"{new} to serve", SERVES_WITHIN_S, POLL_S),
        relation="at_least",
        bound=1,
    )
    return new


async def drain(stack: Stack, injection: Injection, deployments: Collection[str], left: int) -> None:
    """Waits until nothing is left on them, and retires them. Raises WaitTimedOut when something stays."""

    async def drained() -> int:
        still = await pinned_to(stack, deployments, UNFINISHED)
        return still if not still else not_yet(f"{still} invocations are still pinned to them")

    injection.observe(
        "unfinished invocations pinned to the deployments that go",
        "sys_invocation",
        before=left,
        during=await until(drained, f"{', '.join(deployments)} to have nothing left", DRAINS_WITHIN_S, POLL_S),
        relation="equals",
        bound=0,
    )
    for deployment_id in deployments:
        await stack.deployments.retire(deployment_id)


async def taking_new(stack: Stack) -> str:
    """The deployment that new invocations of most services go to."""
    rows = await stack.journal.query("select deployment_id from sys_service")
    return str(Counter(row["deployment_id"] for row in rows).most_common(1)[0][0])


async def taking_over(stack: Stack, new: str) -> str:
    """The same, once it is the new one: the node of a cluster that is asked hears of it a moment later."""

    async def taken() -> None:
        seen = await taking_new(stack)
        if seen != new:
            raise NotYet(seen)

    with suppress(WaitTimedOut):
        await until(taken, f"{new} to take new invocations", SERVES_WITHIN_S, POLL_S)
    return await taking_new(stack)


async def pinned_to(stack: Stack, deployments: Collection[str], condition: str = "") -> int:
    ids = ", ".join(sql_text(deployment_id) for deployment_id in deployments)
    rows = await stack.journal.query(
        f"select count(*) as pinned from sys_invocation where pinned_deployment_id in ({ids}) {condition}"  # noqa: S608 - quoted
    )
    pinned: int = rows[0]["pinned"]
    return pinned


def not_yet(seen: str) -> int:
    raise NotYet(seen)
