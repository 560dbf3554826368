"""Waiting for conditions with a deadline; a time-out says what was seen last."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

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
