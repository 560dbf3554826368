"""cancel_invocation: an operator cancels invocations that are under way, by Restate's admin API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import ClassVar, Literal

from chaos.errors import WaitTimedOut
from chaos.evidence.faultlog import Injection
from chaos.evidence.journal import sql_text
from chaos.faults.invocations import InvocationFault, tell
from chaos.stack.stack import Stack
from chaos.waiting import NotYet, until

SHOWS_WITHIN_S = 10


class CancelInvocation(InvocationFault):
    """Cancels them. A handler learns of it where it waits next, and may undo what it did. There is nothing to heal."""

    fault: Literal["cancel_invocation"] = "cancel_invocation"

    effect: ClassVar[str] = "the signal stands in their journals in sys_journal, or sys_invocation shows them ended so"

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        chosen = await self.choose(stack)
        injection.log("intended", detail=", ".join(chosen))
        await tell(stack, chosen, "cancel")
        injection.log("injected", detail=", ".join(chosen))
        shown = 0

        async def look() -> None:
            nonlocal shown
            shown = await _cancelled(stack, chosen)
            if shown < len(chosen):
                raise NotYet(f"{shown} of {len(chosen)}")

        with suppress(WaitTimedOut):
            await until(partial(look), self.effect, SHOWS_WITHIN_S)
        injection.observe(
            "invocations that were reached by the cancellation",
            "sys_journal and sys_invocation",
            before=0,
            during=shown,
            relation="at_least",
            bound=len(chosen),
        )
        yield
        injection.log("healing")
        injection.log("healed")


async def _cancelled(stack: Stack, invocations: list[str]) -> int:
    """How many have the signal in their journal, or ended with Restate's own word for it."""
    ids = ", ".join(sql_text(each) for each in invocations)
    signals = await stack.journal.query(
        f"select distinct id from sys_journal where id in ({ids}) and entry_type like 'Notification: Signal%'"  # noqa: S608 - quoted
    )
    ended = await stack.journal.query(
        f"select id from sys_invocation where id in ({ids}) and completion_failure like '%ancelled%'"  # noqa: S608 - quoted
    )
    return len({row["id"] for row in (*signals, *ended)})
