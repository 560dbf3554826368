"""Bug: an order that failed keeps its hold on the seat until that runs out by itself.

Caught by saga_complete: a hold outlives its order, after any payment that was declined, as in `gateway_402`.
"""

from __future__ import annotations

from restate import TerminalError

from services import checkout
from services.app import app

__all__ = ["app"]

_to_undo = checkout.to_undo


def to_undo(stage: checkout.Stage, error: TerminalError) -> list[checkout.Undo]:
    return [step for step in _to_undo(stage, error) if step != "release"]


checkout.to_undo = to_undo
