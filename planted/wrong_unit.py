"""Bug: the seconds in which version 1 kept an event's hold are taken for milliseconds.

Caught by saga_in_order: after an upgrade seats are held for another time than their event says, as in
`upgrade_in_checkout`.
"""

from __future__ import annotations

from services import event
from services.app import app
from services.state import Fields

__all__ = ["app"]


def as_they_are(fields: Fields) -> Fields:
    return {**fields, "hold_ms": round(fields.pop("hold_s"))}


event.TERMS.serde.upgrades = (as_they_are,)  # type: ignore[attr-defined]
