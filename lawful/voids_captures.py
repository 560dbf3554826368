"""Lawful: a capture whose hold is gone goes back by a void, which refunds what was captured."""

from __future__ import annotations

from restate import TerminalError

from services import undo
from services.app import app
from services.saga import Stage, Undo

__all__ = ["app"]

_to_undo = undo.to_undo


def to_undo(stage: Stage, error: TerminalError) -> list[Undo]:
    return ["void" if step == "refund" else step for step in _to_undo(stage, error)]


undo.to_undo = to_undo
