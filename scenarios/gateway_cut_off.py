"""The gateway is taken off the network with a capture unanswered: silence, not refusal."""

import pytest

from booking.workloads import Booking
from chaos import AtTime, Chaos, EffectSeen, Expect, Plan, RuleHits, Step
from chaos.faults import Disconnect, Hold

PLAN = Plan(
    name="gateway_cut_off",
    story=(
        "Given a charge that is captured and not answered yet, when the gateway is cut off from everybody, then the "
        "charge is given up after its time, asked for again once the gateway is back, and captured only once."
    ),
    workload=Booking(orders=12, seats=12, clients=4),
    steps=(
        Step(id="captured", fault=Hold(on="charge", point="after_effect", times=1)),
        # The others wait with theirs: every client has an order under way then, however long cutting off takes.
        Step(id="others", fault=Hold(on="charge", point="before_effect"), until=EffectSeen(step="cut_off")),
        Step(
            id="cut_off",
            fault=Disconnect(target="gateway"),
            when=RuleHits(step="others", count=3),
            until=AtTime(at_s=0.5),
        ),
    ),
    expect=Expect(min_ok=12, repeated_charges=1),
)


@pytest.mark.chaos
async def test_gateway_cut_off(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
