"""Waiting: for conditions with a deadline, or until something else has happened; a timeout says what was seen last."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from chaos.errors import WaitTimedOut

T = TypeVar("T")


class NotYet(Exception):
    """Raised by a probe while its condition does not hold; carries what was seen instead."""


async def until(probe: Callable[[], Awaitable[T]], condition: str, deadline_s: float, every_s: float = 0.01) -> T:
    """Asks `probe` until it returns instead of raising NotYet, and returns its answer.

    Raises WaitTimedOut, naming `condition` and the last thing seen, after `deadline_s` seconds.
    """
    last: object = "nothing yet"
    try:
        async with asyncio.timeout(deadline_s):
            while True:
                try:
                    return await probe()
                except NotYet as unmet:
                    last = unmet
                await asyncio.sleep(every_s)
    except TimeoutError as error:
        raise WaitTimedOut(condition, deadline_s, last) from error


async def unless(over: asyncio.Event, happening: Awaitable[object]) -> bool:
    """Awaits something until it ends, or `over` is set; returns whether it ended.

    If `over` is set first, an anyio scope cancels it, which respects shielded work: a plain task `cancel` that hits
    an HTTP connection pool while it closes some connections would leave the others open.
    """
    with anyio.CancelScope() as scope:
        ending = asyncio.create_task(_cancel_when(over, scope))
        try:
            await happening
            return True
        finally:
            ending.cancel()
    return False


async def _cancel_when(over: asyncio.Event, scope: anyio.CancelScope) -> None:
    await over.wait()
    scope.cancel()
