"""Good runs of the other parts of the booking system, each with a booking beside it: one function a part."""

from __future__ import annotations

from typing import Any

from tests.checkers.world import Run, World


def abandoned(**meta: Any) -> World:
    """A hold that a client was given and left; its timer is still to come."""
    return World(**meta).book("o1", "A2").reserve("idle")


def paid_by_webhook(**meta: Any) -> World:
    """One order whose charge was pending, was told of twice, and was asked about."""
    world = World(**meta).book("o1")
    world.attempt("gateway", "/v1/charges", "charge:o1", "o1", 202, "pending", charge_id="ch_o1")
    world.attempt("gateway", "/v1/charges", "charge:o1", "o1", 200)
    for _ in range(2):
        Run(world, "Checkout", "o1", "payment_result", {"outcome": "succeeded"}, None).act(lambda _: None)
    return world


def cancelled(**meta: Any) -> World:
    """o1 was called off too late, o2 in time."""
    world = World(**meta).book("o1").decline("o2", "A2")
    world.alter("invocations", lambda row: row.id == world.invocation("o2").id, failure="[410] cancelled: off")
    world.alter("history", lambda event: event.code == "declined", code="cancelled", status=410)
    for order, accepted in (("o1", False), ("o2", True)):
        number = world.told("invoke", f"Checkout/{order}/cancel")
        world.told("ok", f"Checkout/{order}/cancel", number, status=200, output={"accepted": accepted})
    return world
