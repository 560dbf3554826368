"""Bug: a payment that failed or whose outcome is unknown is left as it is.

Caught by saga_complete: a charge without a seat and without a refund, when the gateway captures but does not manage to
say so within the hold, as in `gateway_timeout`.
"""

from __future__ import annotations

from restate import TerminalError

from services import checkout
from services.app import app

__all__ = ["app"]

_to_undo = checkout.to_undo


def to_undo(stage: checkout.Stage, error: TerminalError) -> list[checkout.Undo]:
    return [step for step in _to_undo(stage, error) if step != "void"]


checkout.to_undo = to_undo
