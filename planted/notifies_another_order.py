"""Bug: the notification of a booking is about the order that was confirmed before it.

Caught by saga_in_order: it is not the one that a confirmed order sends, as in `baseline`.
"""

from __future__ import annotations

from typing import Any

from services import notifications
from services.app import app

__all__ = ["app"]

told: list[str] = []


class Notify(notifications.Notify):
    def __init__(self, **fields: Any) -> None:
        told.append(fields["order_id"])
        super().__init__(**fields | {"order_id": told[0]})


notifications.Notify = Notify  # type: ignore[misc]
