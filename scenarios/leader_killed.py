"""The Restate node that leads the most orders dies while their charges are held."""

import pytest

from booking.workloads import Booking
from chaos import Chaos, EffectSeen, Expect, NodesLost, Plan, Reaction, RuleHits, Step
from chaos.faults import Hold, Kill

PLAN = Plan(
    name="leader_killed",
    story=(
        "Given charges that the gateway has received and not yet made, when the node that leads the most of their "
        "orders is killed, then another leads them, asks for the charges again, and each is made once."
    ),
    workload=Booking(orders=16, seats=16, clients=8),
    steps=(
        Step(
            id="charging",
            fault=Hold(on="charge", point="before_effect"),
            until=EffectSeen(step="dead"),
        ),
        Step(
            id="dead",
            fault=Kill(target="leader"),
            when=RuleHits(step="charging", count=8),
            until=NodesLost(),
        ),
    ),
    expect=Expect(min_ok=8, repeated_charges=1, cluster=Reaction(nodes_lost=1, leaders_moved=1)),
)


@pytest.mark.chaos
async def test_leader_killed(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
