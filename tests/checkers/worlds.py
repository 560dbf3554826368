"""Good runs of what is not plain booking, each with a booking beside it: one function a kind of run."""

from __future__ import annotations

from typing import Any

from chaos.journal import Failure
from chaos.plan import Bounds, Expect
from tests.checkers.world import World

ONE_OWED = Expect(needs_a_person=Bounds.exactly(1))


def owed(said: str = "failed", **meta: Any) -> World:
    """One order captured, its seat lost, its refund given up; `said` is what its status says of the refund."""
    world = World(**{"expect": ONE_OWED} | meta).book("o1", "A2").lose_seat("owed")
    world.drop("gateway", lambda row: row.effect == "refund")
    refund = world.entry("owed", "notification", "refund")
    world.replace(refund, value=None, failure=Failure(code=500, message="gateway_refused: no"))
    world.views["Checkout/owed/status"] = {"compensations": [{"name": "refund", "outcome": said, "detail": "d"}]}
    return world
