"""One of three Restate nodes stands still, with every connection open: the others go on without it."""

import pytest

from booking.workloads import Booking
from chaos import AfterOperations, Chaos, Expect, NodesLost, Plan, Reaction, RuleHits, Step
from chaos.faults import Pause, Respond

PLAN = Plan(
    name="node_paused",
    story=(
        "Given orders whose charges are being retried, when one of three Restate nodes stops running without dying, "
        "then the others notice and go on, and what the node believes when it wakes up does no harm."
    ),
    workload=Booking(orders=24, seats=24, clients=8),
    steps=(
        # Until the others know of it no charge succeeds: every order is under way while the node stands still.
        Step(id="unavailable", fault=Respond(on="charge", status=503), until=NodesLost()),
        Step(
            id="asleep",
            fault=Pause(target="node"),
            when=RuleHits(step="unavailable", count=8),
            until=AfterOperations(count=12),
        ),
    ),
    expect=Expect(min_ok=12, repeated_charges=1, cluster=Reaction(nodes_lost=1)),
)


@pytest.mark.chaos
async def test_node_paused(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
