"""Good runs of the other parts of the booking system, each with a booking beside it: one function a part."""

from __future__ import annotations

from typing import Any

from tests.checkers.world import World


def abandoned(**meta: Any) -> World:
    """A hold that a client was given and left; its timer is still to come."""
    return World(**meta).book("o1", "A2").reserve("idle")
