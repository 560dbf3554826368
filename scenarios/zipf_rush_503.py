"""Some seats are wanted far more than others, and the gateway is unavailable for a while: the queue is worked off."""

import pytest

from booking.workloads import Mixed
from booking.workloads.mixed import Weights
from chaos import AfterOperations, Chaos, Expect, Plan, RuleHits, Steady, Step
from chaos.faults import Respond

PLAN = Plan(
    name="zipf_rush_503",
    story=(
        "Given a rush in which the n-th most popular seat is wanted 1/n as often as the first, when the gateway "
        "answers 503 for a while, then the orders that had to wait are charged once when it is back, and nobody waits "
        "any more."
    ),
    workload=Mixed(
        operations=94,
        seats=100,
        popularity="zipf",
        weights=Weights(browse=2, reserve=0, buy=6, decline=1, cancel=0),
        rate_per_s=20,
        after_heal=40,
    ),
    steps=(
        Step(
            id="unavailable",
            fault=Respond(on="charge", status=503),
            when=AfterOperations(count=24),
            until=RuleHits(step="unavailable", count=6),
        ),
    ),
    # What was refused last waits for its next attempt: at most a second by the plan's settings, on a busy machine more.
    expect=Expect(steady=Steady(good=0.9, p95_factor=20, recovers_within_s=20)),
)


@pytest.mark.chaos
async def test_zipf_rush_503(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
