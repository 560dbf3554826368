"""An event that starts over when it is sold out is sold out three times, while every endpoint dies once."""

import pytest

from booking.workloads import Booking
from chaos import AfterOperations, AtTime, Bounds, Chaos, Expect, Plan, Step
from chaos.faults import Hold, Kill

PLAN = Plan(
    name="sold_out_rounds",
    story=(
        "Given an event that starts over by itself, when it is sold out three times and every endpoint dies on the "
        "way, then each seat is sold once in each round, and no round ends early or is skipped."
    ),
    workload=Booking(orders=15, seats=5, clients=5, auto_reset=True),
    steps=(
        # One seat is left to sell when the endpoints die, so a round that ended before has ended early.
        Step(id="under_way", fault=Hold(on="charge", point="before_effect", times=1)),
        Step(id="crash", fault=Kill(target="endpoints"), when=AfterOperations(count=4), until=AtTime(at_s=0.3)),
    ),
    expect=Expect(min_ok=15, shown={"ok": Bounds.exactly(15)}, rounds=3),
)


@pytest.mark.chaos
async def test_sold_out_rounds(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
