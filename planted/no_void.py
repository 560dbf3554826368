"""Bug: a payment that failed or whose outcome is unknown is left as it is.

Caught by saga_complete: a charge without a seat and without a refund, when the gateway captures but does not manage to
say so within the hold, as in `gateway_timeout`.
"""

from __future__ import annotations

from restate import TerminalError

from services import undo
from services.app import app
from services.saga import Stage, Undo

__all__ = ["app"]

_to_undo = undo.to_undo


def to_undo(stage: Stage, error: TerminalError) -> list[Undo]:
    return [step for step in _to_undo(stage, error) if step != "void"]


undo.to_undo = to_undo
