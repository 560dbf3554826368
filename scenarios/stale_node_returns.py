"""A Restate node misses orders, comes back with what it knew, and must carry on for another."""

import pytest

from booking.workloads import Booking
from chaos import AfterOperations, Chaos, ClusterWhole, EffectSeen, Expect, NodesLost, Plan, Reaction, RuleHits, Step
from chaos.faults import Kill, Respond

PLAN = Plan(
    name="stale_node_returns",
    story=(
        "Given a Restate node that was dead while others took orders, when it is back on its old data and one of "
        "those that know better is killed, then it has caught up: no order that it had missed is lost or done twice."
    ),
    workload=Booking(orders=48, seats=48, clients=8),
    steps=(
        # Until the others know of it no charge succeeds; then it misses what is done.
        Step(id="unavailable", fault=Respond(on="charge", status=503), until=NodesLost()),
        Step(
            id="misses_orders",
            fault=Kill(target="restate-3"),
            when=RuleHits(step="unavailable", count=8),
            until=AfterOperations(count=16),
        ),
        # The same again: for this long the one that was away has to do with its peers what another did.
        Step(
            id="unavailable_again",
            fault=Respond(on="charge", status=503),
            after="misses_orders",
            until=EffectSeen(step="another_dead"),
        ),
        Step(
            id="another_dead",
            fault=Kill(target="restate-1"),
            after="misses_orders",
            when=ClusterWhole(),
            until=AfterOperations(count=8),
        ),
    ),
    expect=Expect(min_ok=24, repeated_charges=1, cluster=Reaction(nodes_lost=1)),
)


@pytest.mark.chaos
async def test_stale_node_returns(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
