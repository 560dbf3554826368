"""Requests reach the gateway and its answers get lost: only the key keeps the second charge from being one."""

import pytest

from booking.workloads import Booking
from chaos import Chaos, Expect, Plan, RuleHits, Step
from chaos.faults import Asymmetric, Delay

PLAN = Plan(
    name="answers_lost",
    story=(
        "Given a link to the gateway on which requests pass and answers are lost, when charges are captured that "
        "nobody hears of and are asked for again, then each order is charged exactly once."
    ),
    workload=Booking(orders=12, seats=12, clients=4),
    steps=(
        Step(id="counted", fault=Delay(on="charge", point="before_effect", delay_ms=1)),
        # Four clients: the fifth charge to arrive is one that is asked for again.
        Step(id="deaf", fault=Asymmetric(link="gateway"), until=RuleHits(step="counted", count=5)),
    ),
    expect=Expect(min_ok=12, repeated_charges=1),
)


@pytest.mark.chaos
async def test_answers_lost(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
