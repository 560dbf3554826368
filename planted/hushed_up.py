"""Bug: a compensation that failed for good is put down as done.

Caught by needs_a_person: the journal shows a refund that was given up and the order's status does not, as in
`refund_fails`.
"""

from __future__ import annotations

from services import undo
from services.app import app
from services.saga import Compensation, Saga, Undo

__all__ = ["app"]

_compensate = undo.compensate


async def compensate(saga: Saga, step: Undo) -> Compensation:
    return (await _compensate(saga, step)).model_copy(update={"outcome": "done"})


undo.compensate = compensate
