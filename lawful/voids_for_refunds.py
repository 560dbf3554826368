"""Lawful: what was captured and cannot be confirmed is given back by a void of its key, not by a refund."""

from __future__ import annotations

from services import undo
from services.app import app

__all__ = ["app"]

_to_undo = undo.to_undo


def to_undo(*args: object) -> list[undo.Undo]:
    return ["void" if step == "refund" else step for step in _to_undo(*args)]  # type: ignore[arg-type]


undo.to_undo = to_undo
