"""Bug: after a compensation that failed, the ones before it are no longer tried.

Caught by needs_a_person and saga_complete: the void is given up and the seat is never released, as in `void_fails`.
"""

from __future__ import annotations

from restate import TerminalError

from services import undo
from services.app import app
from services.saga import Saga, Undo

__all__ = ["app"]

_undo = undo.undo


async def undo_until_one_fails(saga: Saga, steps: list[Undo], error: TerminalError) -> None:
    for step in steps:
        await _undo(saga, [step], error)
        if saga.progress.compensations[-1].outcome == "failed":
            return


undo.undo = undo_until_one_fails
