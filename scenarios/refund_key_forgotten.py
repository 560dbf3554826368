"""A refund is made, answered 503, and its key forgotten: that the money is back already is all an order needs."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import OutlivedHolds
from chaos import AfterOperations, Bounds, Chaos, Expect, Plan, StackSpec, Step
from chaos.faults import AcceptThenFail, ForgetKeys, Hold

PLAN = Plan(
    name="refund_key_forgotten",
    story=(
        "Given charges that are answered after the hold, when others have bought all seats and the event starts over, "
        "each refund is made and answered 503, and the gateway has forgotten its key when it is asked again, then the "
        "money is given back once, and nobody must see to it."
    ),
    workload=OutlivedHolds(seats=3, auto_reset=True),
    steps=(
        # Until three looks at those who pay, and the three orders of the others, have ended.
        Step(
            id="answered_late",
            fault=Hold(on="charge", point="after_effect", attempts="1", times=3, min_hits=3),
            until=AfterOperations(count=6),
        ),
        Step(id="refunded_unheard", fault=AcceptThenFail(on="refund", attempts="1")),
        Step(id="forgotten", fault=ForgetKeys(on="refund", attempts="2")),
    ),
    expect=Expect(min_ok=6, shown={"refunded": Bounds.exactly(3)}, compensations=("refund",), rounds=1),
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2, attempt_timeout_s=60)),
)


@pytest.mark.chaos
async def test_refund_key_forgotten(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
