"""Restate is taken off the network with charges held: it is alive, but reaches nobody, and nobody reaches it."""

import pytest

from booking.workloads import Booking
from chaos import AtTime, Chaos, Expect, Plan, RuleHits, Step
from chaos.faults import Disconnect, Hold

PLAN = Plan(
    name="restate_cut_off",
    story=(
        "Given orders whose charges the gateway holds, when Restate is cut off from everybody and comes back, then it "
        "goes on with every one of them, asks for the charges again where it has to, and each is made once."
    ),
    # auto_reset: a client sends an order when its seat can be read, and none to a server that nobody reaches.
    workload=Booking(orders=16, seats=16, clients=4, auto_reset=True),
    steps=(
        Step(id="charging", fault=Hold(on="charge", point="before_effect", attempts="1", times=4)),
        Step(
            id="cut_off",
            fault=Disconnect(target="restate"),
            when=RuleHits(step="charging", count=4),
            until=AtTime(at_s=0.5),
        ),
    ),
    expect=Expect(min_ok=16, repeated_charges=4),
)


@pytest.mark.chaos
async def test_restate_cut_off(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
