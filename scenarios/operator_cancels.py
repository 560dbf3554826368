"""An operator cancels orders whose charge was captured and not heard of, and the sending of a mail."""

import pytest

from booking.workloads import Booking
from chaos import Bounds, Chaos, EffectSeen, Expect, Plan, RuleHits, Step
from chaos.faults import CancelInvocation, Hang, Hold

PLAN = Plan(
    name="operator_cancels",
    story=(
        "Given two charges that are captured and not answered, and a mail that is not taken yet, when an operator "
        "cancels the invocations that wait for them, then the orders end without a seat and their money goes back, the "
        "third booking stands, its inbox says that the mail failed, and nobody is blamed for what the operator did."
    ),
    workload=Booking(orders=12, seats=12, clients=2, inboxes=True),
    steps=(
        Step(
            id="captured",
            fault=Hold(on="charge", point="after_effect", attempts="1", times=2, min_hits=2),
            until=EffectSeen(step="cancels"),
        ),
        Step(
            id="cancels",
            fault=CancelInvocation(of="Checkout/run", times=2),
            when=RuleHits(step="captured", count=2),
        ),
        Step(
            id="unmailed",
            fault=Hang(on="mail", attempts="1", times=1),
            after="captured",
            until=EffectSeen(step="hangs_up"),
        ),
        Step(
            id="hangs_up",
            fault=CancelInvocation(of="Notifications/notify"),
            when=RuleHits(step="unmailed"),
        ),
    ),
    expect=Expect(min_ok=10, compensations=("void", "release"), needs_a_person=Bounds.exactly(1)),
)


@pytest.mark.chaos
async def test_operator_cancels(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
