"""rollback: another version of the app takes the new invocations, and then the one before it takes them back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from pydantic import Field

from chaos.evidence.faultlog import Injection
from chaos.faults.deploy import UNFINISHED, drain, pinned_to, take_over, taking_new, taking_over
from chaos.faults.fault import Fault
from chaos.plan.spec import AppName
from chaos.stack.stack import Stack


class Rollback(Fault):
    """Deploys `app` (null: the app under test) on `endpoints` replicas, and when the step ends takes it back.

    The version before is registered once more, by its old address, and takes the new invocations. What began on the
    newer one is finished there; when nothing is left its endpoints go. State that the newer one wrote stays: the older
    one has to be able to read it.
    """

    fault: Literal["rollback"] = "rollback"
    app: AppName | None = None
    endpoints: int = Field(default=2, ge=1, le=16)

    targets: ClassVar[str] = "the stack: module:attribute or 'cmd:… {port} …' of another version of the app"
    effect: ClassVar[str] = "sys_service names the new deployment and then the old one, and both served"
    needs: ClassVar[frozenset[str]] = frozenset({"deploy"})
    lasting: ClassVar[bool] = True

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        old = await taking_new(stack)
        new = await take_over(stack, injection, self.app, self.endpoints)
        yield
        injection.log("healing")
        await stack.deployments.again(old)
        injection.observe(
            "deployment that new invocations go back to",
            "sys_service",
            before=new,
            during=await taking_over(stack, old),
            relation="equals",
            bound=old,
        )
        await drain(stack, injection, [new], await pinned_to(stack, [new], UNFINISHED))
        injection.log("healed")
