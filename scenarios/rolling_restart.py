"""Every Restate node is restarted, one after another, while orders wait for their money."""

import pytest

from booking.workloads import Booking
from chaos import Chaos, ClusterWhole, EffectSeen, Expect, NodesLost, Plan, Reaction, Step
from chaos.faults import Respond, Terminate

GRACE_S = 60

PLAN = Plan(
    name="rolling_restart",
    story=(
        "Given orders whose charges are being retried, when every Restate node is asked to end and started again, one "
        "after another and each when all are one cluster again, then every order ends, charged once."
    ),
    # A restart breaks a client's connection, and its order is answered later on: there are enough for each restart.
    workload=Booking(orders=32, seats=32, clients=6),
    steps=(
        Step(id="unavailable", fault=Respond(on="charge", status=503), until=EffectSeen(step="third")),
        Step(
            id="first",
            fault=Terminate(target="restate-1", grace_s=GRACE_S),
            when=ClusterWhole(),
            until=NodesLost(),
        ),
        Step(
            id="second",
            fault=Terminate(target="restate-2", grace_s=GRACE_S),
            after="first",
            when=ClusterWhole(),
            until=NodesLost(),
        ),
        Step(
            id="third",
            fault=Terminate(target="restate-3", grace_s=GRACE_S),
            after="second",
            when=ClusterWhole(),
            until=NodesLost(),
        ),
    ),
    expect=Expect(min_ok=16, repeated_charges=1, cluster=Reaction(nodes_lost=3)),
)


@pytest.mark.chaos
async def test_rolling_restart(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
