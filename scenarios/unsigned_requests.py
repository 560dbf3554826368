"""Somebody who is not Restate calls the endpoint itself: without Restate's signature nothing is done for them."""

import pytest

from chaos.faults import UnsignedRequest
from chaos.plan import AfterOperations, Bounds, Expect, Plan, StackSpec, Step
from chaos.pytest_plugin import Chaos
from chaos.workloads import Booking

PLAN = Plan(
    name="unsigned_requests",
    story=(
        "Given an endpoint that knows Restate's key, when others call a private handler without a signature or with "
        "one that nobody made, then they are turned away and nothing is carried out, while orders go on as ever."
    ),
    workload=Booking(orders=30, seats=30, clients=4),
    steps=(
        Step(id="stranger", fault=UnsignedRequest(), when=AfterOperations(count=5), until=AfterOperations(count=5)),
        Step(id="again", fault=UnsignedRequest(), when=AfterOperations(count=15), until=AfterOperations(count=5)),
    ),
    expect=Expect(min_ok=30, outcomes={"ok": Bounds.exactly(30)}),
    stack=StackSpec(identity=True),
)


@pytest.mark.chaos
async def test_unsigned_requests(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
