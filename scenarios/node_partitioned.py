"""The leader among three Restate nodes is off the network, cut off in both directions, and another takes over."""

import pytest

from booking.workloads import Booking
from chaos import AfterOperations, Chaos, Expect, NodesLost, Plan, Reaction, RuleHits, Step
from chaos.faults import Disconnect, Respond

PLAN = Plan(
    name="node_partitioned",
    story=(
        "Given orders whose charges are being retried, when the Restate node that leads most of them is taken off the "
        "network, then the others go on with them in its place, and when it is back it has done nothing in theirs."
    ),
    workload=Booking(orders=24, seats=24, clients=8),
    steps=(
        # Until another leads what it led no charge succeeds: every order is under way when it is cut off.
        Step(id="unavailable", fault=Respond(on="charge", status=503), until=NodesLost()),
        Step(
            id="off_the_network",
            fault=Disconnect(target="leader"),
            when=RuleHits(step="unavailable", count=8),
            until=AfterOperations(count=12),
        ),
    ),
    expect=Expect(min_ok=12, repeated_charges=1, cluster=Reaction(nodes_lost=1, leaders_moved=1)),
)


@pytest.mark.chaos
async def test_node_partitioned(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
