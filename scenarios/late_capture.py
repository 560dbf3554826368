"""The hold runs out while the card is being charged: the seat may go to another, so the money must come back."""

import pytest

from chaos.faults import Delay
from chaos.plan import Expect, Plan, Step
from chaos.pytest_plugin import Chaos
from chaos.workloads import Booking

PLAN = Plan(
    name="late_capture",
    story=(
        "Given holds of half a second and a gateway that takes three times as long over some charges, when others buy "
        "the seats that became free meanwhile, then late charges are refunded and no seat is sold twice."
    ),
    workload=Booking(orders=36, seats=6, clients=12, hold_ms=500, think_ms=200),
    steps=(
        Step(
            id="slow_captures",
            fault=Delay(on="charge", point="after_effect", delay_ms=1_500, attempts="1", times=6, min_hits=6),
        ),
    ),
    expect=Expect(min_ok=1, compensations=("refund",)),
)


@pytest.mark.chaos
async def test_late_capture(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
