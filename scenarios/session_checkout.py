"""Whole carts are ordered while endpoints die and the mailer is silent: an order a seat, and an e-mail an order."""

import pytest

from booking.workloads import Shopping
from chaos import AtTime, Chaos, Expect, HoldReached, Plan, Step
from chaos.faults import DropAfterEffect, Hold, Kill

PLAN = Plan(
    name="session_checkout",
    story=(
        "Given users who order their whole carts, when every endpoint dies with a charge open and the mailer sends "
        "without saying so, then each seat of a cart becomes one order, each confirmed order one e-mail, and every "
        "session knows how its orders ended."
    ),
    workload=Shopping(users=4, seats_each=3),
    steps=(
        Step(id="sent_unheard", fault=DropAfterEffect(on="mail", attempts="1-2", min_hits=4)),
        Step(id="under_way", fault=Hold(on="charge", point="before_effect", times=1)),
        Step(id="crash", fault=Kill(target="endpoints"), when=HoldReached(step="under_way"), until=AtTime(at_s=0.3)),
    ),
    expect=Expect(min_ok=25),
)


@pytest.mark.chaos
async def test_session_checkout(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
