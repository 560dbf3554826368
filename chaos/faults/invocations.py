"""What the faults of invocations share: an operator's hand at Restate's admin API, and which invocations it finds."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Annotated, ClassVar, Literal

import httpx
from pydantic import Field

from chaos.evidence.journal import sql_text
from chaos.faults.fault import Fault
from chaos.stack.stack import Stack
from chaos.waiting import NotYet, until

FOUND_WITHIN_S = 20
ENDED = (404, 409)  # what Restate says of an invocation that is over by then

Handler = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,99}/[A-Za-z_][A-Za-z0-9_]{0,99}$")]
State = Literal["running", "backing-off", "suspended"]


class InvocationFault(Fault):
    """What an operator does to the `times` oldest invocations of a handler that are in one of these states.

    It waits until there are so many. The fault log names them: what becomes of them is the plan's doing.
    """

    of: Handler
    times: int = Field(default=1, ge=1, le=1_000)
    states: tuple[State, ...] = Field(default=("running", "backing-off", "suspended"), min_length=1)

    targets: ClassVar[str] = "invocations of a handler, 'Service/handler'"

    async def choose(self, stack: Stack) -> list[str]:
        """Their ids. Raises WaitTimedOut when there are not so many."""
        return await until(partial(self._find, stack), f"{self.times} of {self.of} under way", FOUND_WITHIN_S)

    async def _find(self, stack: Stack) -> list[str]:
        service, _, handler = self.of.partition("/")
        states = ", ".join(sql_text(state) for state in self.states)
        rows = await stack.journal.query(
            f"select id from sys_invocation where target_service_name = {sql_text(service)} "  # noqa: S608 - quoted
            f"and target_handler_name = {sql_text(handler)} and status in ({states}) "
            f"order by created_at, id limit {self.times}"
        )
        if len(rows) < self.times:
            raise NotYet(f"{len(rows)} so far")
        return [row["id"] for row in rows]


async def tell(stack: Stack, invocations: Collection[str], what: Literal["cancel", "pause", "resume"]) -> None:
    """Tells Restate so of each. Nothing to do for those that have ended. Raises httpx.HTTPError."""
    for each in invocations:
        answer = await stack.http.patch(f"{stack.admin.url}/invocations/{each}/{what}")
        if answer.status_code not in ENDED:
            answer.raise_for_status()


async def count(stack: Stack, invocations: Collection[str], condition: str) -> int:
    """How many of them are so in sys_invocation."""
    ids = ", ".join(sql_text(each) for each in invocations)
    try:
        rows = await stack.journal.query(
            f"select count(*) as so from sys_invocation where id in ({ids}) and {condition}"  # noqa: S608 - quoted
        )
    except httpx.TransportError as error:
        raise NotYet(type(error).__name__) from error
    so: int = rows[0]["so"]
    return so
