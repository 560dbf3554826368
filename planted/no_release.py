"""Bug: an order that failed keeps its hold on the seat until that runs out by itself.

Caught by saga_complete: a hold outlives its order, after any payment that was declined, as in `gateway_402`.
"""

from __future__ import annotations

from restate import TerminalError

from services import undo
from services.app import app
from services.saga import Stage, Undo

__all__ = ["app"]

_to_undo = undo.to_undo


def to_undo(stage: Stage, error: TerminalError) -> list[Undo]:
    return [step for step in _to_undo(stage, error) if step != "release"]


undo.to_undo = to_undo
