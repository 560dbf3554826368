"""purge: Restate forgets the orders that have ended, as it does by itself once their retention is over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from chaos.evidence.faultlog import Injection
from chaos.evidence.journal import sql_text
from chaos.faults.fault import Fault
from chaos.stack.stack import Stack


class Purge(Fault):
    """Takes what Restate keeps of checkouts that have ended: answer, journal, state and promises.

    Of a shared stack only the orders of its own runs. What was forgotten is gone from the record, too. There is nothing
    to heal.
    """

    fault: Literal["purge"] = "purge"

    targets: ClassVar[str] = "the orders that have ended"
    effect: ClassVar[str] = "sys_invocation no longer shows them"

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        ended = await _ended(stack)
        injection.log("intended")
        await _forget(stack, ended)
        injection.log("injected", detail=f"{len(ended)} orders")
        left = set(await _ended(stack)) & set(ended)
        injection.observe(
            "ended checkouts that Restate no longer knows",
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
    """The invocations of checkouts of the stack's own runs that have ended."""
    orders = ", ".join(sql_text(order_id) for order_id in sorted(stack.known_orders)) or "''"
    rows = await stack.journal.query(
        "select id from sys_invocation where target_service_name = 'Checkout' and target_handler_name = 'run' "  # noqa: S608 - quoted by sql_text
        f"and status = 'completed' and target_service_key in ({orders})"
    )
    return [row["id"] for row in rows]


async def _forget(stack: Stack, invocations: Collection[str]) -> None:
    for each in invocations:
        answer = await stack.http.patch(f"{stack.admin.url}/invocations/{each}/purge")
        answer.raise_for_status()
