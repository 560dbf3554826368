"""Lawful: every order that failed releases its seat, also one that never held it: that is a no-op."""

from __future__ import annotations

from restate import TerminalError

from services import undo
from services.app import app
from services.saga import Stage, Undo

__all__ = ["app"]

_to_undo = undo.to_undo


def to_undo(stage: Stage, error: TerminalError) -> list[Undo]:
    return _to_undo(stage, error) or ["release"]


undo.to_undo = to_undo
