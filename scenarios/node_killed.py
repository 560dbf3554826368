"""One of three Restate nodes dies under orders that wait for their money: the others finish them."""

import pytest

from booking.workloads import Booking
from chaos import AfterOperations, Chaos, Expect, NodesLost, Plan, Reaction, RuleHits, Step
from chaos.faults import Kill, Respond

PLAN = Plan(
    name="node_killed",
    story=(
        "Given orders whose charges are being retried, when one of three Restate nodes is killed, then the others "
        "notice, finish what it had under way and take new orders, and when it is back nothing was lost or done twice."
    ),
    workload=Booking(orders=24, seats=24, clients=8),
    steps=(
        # Until the others know of it no charge succeeds: every order is under way while the node dies.
        Step(id="unavailable", fault=Respond(on="charge", status=503), until=NodesLost()),
        Step(
            id="dead",
            fault=Kill(target="node"),
            when=RuleHits(step="unavailable", count=8),
            until=AfterOperations(count=12),
        ),
    ),
    expect=Expect(min_ok=12, repeated_charges=1, cluster=Reaction(nodes_lost=1)),
)


@pytest.mark.chaos
async def test_node_killed(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
