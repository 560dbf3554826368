"""Answers trickle in, some slower than anybody waits: what was charged is asked for again, and not charged again."""

import pytest

from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, Step
from chaos.faults import SlowBody

PLAN = Plan(
    name="slow_answers",
    story=(
        "Given a gateway whose answers trickle, when the first answers to some charges take longer than an attempt "
        "may, then those charges are asked for again, and each order is charged once."
    ),
    workload=Booking(orders=12, seats=12, clients=6),
    steps=(
        Step(id="too_slow", fault=SlowBody(on="charge", bytes_per_s=5, attempts="1", times=6, min_hits=6)),
        Step(id="slow", fault=SlowBody(on="charge", bytes_per_s=400, min_hits=6)),
    ),
    expect=Expect(min_ok=12, outcomes={"ok": Bounds.exactly(12)}, repeated_charges=6),
)


@pytest.mark.chaos
async def test_slow_answers(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
