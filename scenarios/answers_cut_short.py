"""The gateway's answers end in the middle: half an answer is none."""

import pytest

from booking.workloads import Booking
from chaos import Chaos, Expect, Plan, RuleHits, Step
from chaos.faults import Delay, LimitData

PLAN = Plan(
    name="answers_cut_short",
    story=(
        "Given a link that closes each connection to the gateway after the first 100 bytes of an answer, when captured "
        "charges are asked for again and again, then each order is charged exactly once."
    ),
    workload=Booking(orders=12, seats=12, clients=4),
    steps=(
        Step(id="counted", fault=Delay(on="charge", point="before_effect", delay_ms=1)),
        # Four clients: the fifth charge to arrive is one that is asked for again.
        Step(
            id="cut_short",
            fault=LimitData(link="gateway", limit_bytes=100),
            until=RuleHits(step="counted", count=5),
        ),
    ),
    expect=Expect(min_ok=12, repeated_charges=1),
)


@pytest.mark.chaos
async def test_answers_cut_short(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
