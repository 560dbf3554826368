"""Bug: the webhook's URL is the process's own, and a key that was used up is taken for another's payment.

After a crash another process sends another body under the same key, which is refused; the money stays.

Caught by exactly_once_charge: a capture of an order that ended `order_settled`, in `webhook_window_kill`.
"""

from __future__ import annotations

import os

from restate import TerminalError

from services import checkout, undo
from services.app import app
from services.errors import code_of
from services.saga import Saga, Stage, Undo
from services.settings import settings

__all__ = ["app"]

_to_undo = undo.to_undo


async def webhook_url(saga: Saga) -> str:
    return f"{settings().restate_ingress_url}/Checkout/{saga.order_id}/payment_result?from={os.getpid()}"


def to_undo(stage: Stage, error: TerminalError) -> list[Undo]:
    steps = _to_undo(stage, error)
    return [step for step in steps if step != "void" or code_of(error) != "order_settled"]


checkout.webhook_url = webhook_url
undo.to_undo = to_undo
