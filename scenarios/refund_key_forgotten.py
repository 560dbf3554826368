"""A refund is made, answered 503, and its key forgotten: that the money is back already is all an order needs."""

import pytest

from chaos.faults import AcceptThenFail, Delay, ForgetKeys
from chaos.plan import Bounds, Expect, Plan, Step
from chaos.pytest_plugin import Chaos
from chaos.workloads import Booking

PLAN = Plan(
    name="refund_key_forgotten",
    story=(
        "Given charges that are answered after the hold, when each refund is made and answered 503, and the gateway "
        "has forgotten its key when it is asked again, then the money is given back once, and nobody must see to it."
    ),
    workload=Booking(orders=4, seats=4, clients=4, hold_ms=1_000),
    steps=(
        Step(
            id="answered_late",
            fault=Delay(on="charge", point="after_effect", delay_ms=1_400, attempts="1", min_hits=2),
        ),
        Step(id="refunded_unheard", fault=AcceptThenFail(on="refund", attempts="1")),
        Step(id="forgotten", fault=ForgetKeys(on="refund", attempts="2")),
    ),
    expect=Expect(min_ok=0, shown={"refunded": Bounds(at_least=2)}, compensations=("refund",)),
)


@pytest.mark.chaos
async def test_refund_key_forgotten(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
