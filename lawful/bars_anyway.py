"""Lawful: an order that found its seat taken has its charge key barred, though it never charged."""

from __future__ import annotations

from restate import TerminalError

from services import undo
from services.app import app
from services.errors import code_of
from services.saga import Stage, Undo

__all__ = ["app"]

_to_undo = undo.to_undo


def to_undo(stage: Stage, error: TerminalError) -> list[Undo]:
    taken = stage == "RESERVING" and code_of(error) in ("seat_sold", "seat_reserved")
    return ["void", "release"] if taken else _to_undo(stage, error)


undo.to_undo = to_undo
