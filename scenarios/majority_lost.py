"""Two of three Restate nodes die: nothing moves until they are back, and then everything goes on."""

import pytest

from booking.workloads import Booking
from chaos import AfterOperations, AtTime, Chaos, Expect, Plan, Reaction, Step
from chaos.faults import Kill

LONG_ENOUGH = AtTime(at_s=5)  # for the third to find that it is alone, and for orders to come meanwhile

PLAN = Plan(
    name="majority_lost",
    story=(
        "Given orders under way, when two of three Restate nodes are killed at once, then no order that is placed "
        "until they are back is answered, none that was accepted is lost, and all go on when they are back."
    ),
    # People come when they come, also while nobody can answer.
    workload=Booking(orders=80, seats=80, rate_per_s=8),
    steps=(
        Step(
            id="first_dead",
            fault=Kill(target="restate-1"),
            when=AfterOperations(count=8),
            until=LONG_ENOUGH,
        ),
        Step(
            id="second_dead",
            fault=Kill(target="restate-2"),
            when=AfterOperations(count=8),
            until=LONG_ENOUGH,
        ),
    ),
    expect=Expect(min_ok=40, cluster=Reaction(nodes_lost=2, stalled=("first_dead", "second_dead"))),
)


@pytest.mark.chaos
async def test_majority_lost(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
