"""One of three Restate nodes cannot be reached by its peers, and goes on serving its clients."""

import pytest

from booking.workloads import Booking
from chaos import AtTime, Chaos, Expect, NodesLost, Plan, Reaction, RuleHits, Step
from chaos.faults import LinkDown, Respond

PLAN = Plan(
    name="node_cut_off",
    story=(
        "Given orders whose charges are being retried, when no other node can reach one of three Restate nodes any "
        "more, then they say that it is dead, and once it can be reached all agree again and every order ends."
    ),
    workload=Booking(orders=24, seats=24, clients=8),
    steps=(
        # Until the others know of it no charge succeeds: every order is under way while the node is cut off.
        Step(id="unavailable", fault=Respond(on="charge", status=503), until=NodesLost()),
        Step(
            id="cut_off",
            fault=LinkDown(link="restate-2"),
            when=RuleHits(step="unavailable", count=8),
            until=AtTime(at_s=3),
        ),
    ),
    expect=Expect(min_ok=8, repeated_charges=1, cluster=Reaction(nodes_lost=1)),
)


@pytest.mark.chaos
async def test_node_cut_off(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
