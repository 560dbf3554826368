"""purge: Restate forgets the workflows that have ended, as it does by itself once their retention is over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from chaos.evidence.faultlog import Injection
from chaos.evidence.journal import sql_text
from chaos.faults.fault import Fault
from chaos.stack.stack import Stack


class Purge(Fault):
    """Takes what Restate keeps of workflows that have ended: answer, journal, state and promises.

    What was forgotten is gone from the record, too. There is nothing to heal.
    """

    fault: Literal["purge"] = "purge"

    targets: ClassVar[str] = "the workflows that have ended"
    effect: ClassVar[str] = "sys_invocation no longer shows them"

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        ended = await _ended(stack)
        injection.log("intended")
        await _forget(stack, ended)
        injection.log("injected", detail=f"{len(ended)} workflows")
        left = set(await _ended(stack)) & set(ended)
        injection.observe(
            "ended workflows that Restate no longer knows",
            "sys_invocation",
            before=0,
            during=len(ended) - len(left),
            relation="at_least",
            bound=max(len(ended), 1),
        )
        yield
        injection.log("healing")
        injection.log("healed")


async def _ended(stack: Stack) -> Collection[str]:
    """The runs of workflows that have ended."""
    runs = [
        f"(target_service_name = {sql_text(service['name'])} and target_handler_name = {sql_text(handler['name'])})"
        for service in await stack.services()
        for handler in service["handlers"]
        if handler.get("ty") == "Workflow"
    ]
    if not runs:
        return []
    rows = await stack.journal.query(
        f"select id from sys_invocation where status = 'completed' and ({' or '.join(runs)})"  # noqa: S608 - quoted by sql_text
    )
    return [row["id"] for row in rows]


async def _forget(stack: Stack, invocations: Collection[str]) -> None:
    for each in invocations:
        answer = await stack.http.patch(f"{stack.admin.url}/invocations/{each}/purge")
        answer.raise_for_status()
