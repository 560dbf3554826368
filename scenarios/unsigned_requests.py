"""Somebody who is neither Restate nor knows an order's id calls the endpoint and the ingress: they get nothing."""

import pytest

from booking.faults import UnsignedRequest
from booking.workloads import Strangers
from chaos import AfterOperations, Bounds, Chaos, Expect, Plan, StackSpec, Step
from chaos.faults import Hold

PLAN = Plan(
    name="unsigned_requests",
    story=(
        "Given orders that hold their seats and wait for their money, when strangers call private handlers, past "
        "Restate without its signature and through its ingress, and look at those seats and release and reserve them, "
        "then they are turned away, learn no order's id, and every order is confirmed."
    ),
    workload=Strangers(orders=6),
    steps=(
        Step(
            id="paying",
            fault=Hold(on="charge", point="before_effect", times=6, min_hits=6),
            until=AfterOperations(count=42),
        ),
        Step(id="stranger", fault=UnsignedRequest(), when=AfterOperations(count=5), until=AfterOperations(count=5)),
        Step(id="again", fault=UnsignedRequest(), when=AfterOperations(count=15), until=AfterOperations(count=5)),
    ),
    expect=Expect(
        min_ok=36,
        outcomes={"ok": Bounds.exactly(36), "refused_by_ingress": Bounds.exactly(12)},
        refused=Bounds.exactly(6),
    ),
    stack=StackSpec(identity=True),
)


@pytest.mark.chaos
async def test_unsigned_requests(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
