"""The card is declined: the saga undoes itself, and the seat goes to the next in line."""

import pytest

from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan

PLAN = Plan(
    name="gateway_402",
    story=(
        "Given five seats whose first buyers' cards are declined, when others ask for the same seats afterwards, "
        "then nothing stays charged, every seat is free again, and the next order gets it."
    ),
    workload=Booking(orders=10, seats=5, clients=1, declined=5, declined_first=True),
    expect=Expect(
        min_ok=5,
        outcomes={"declined": Bounds.exactly(5), "ok": Bounds.exactly(5)},
        compensations=("void", "release"),
        resold=5,
    ),
)


@pytest.mark.chaos
async def test_gateway_402(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
