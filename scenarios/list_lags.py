"""The gateway's list of charges comes from a replica a second behind: what it does not show may have happened."""

import pytest

from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, Step
from chaos.faults import Lag

PLAN = Plan(
    name="list_lags",
    story=(
        "Given payments by webhook and a list of charges that is a second behind, when orders ask it after the webhook "
        "and it shows their charge as pending or not at all, then they ask again and are confirmed."
    ),
    workload=Booking(orders=10, seats=10, clients=5, payment="webhook"),
    steps=(Step(id="behind", fault=Lag(behind_ms=1_000, min_hits=5)),),
    expect=Expect(min_ok=10, shown={"ok": Bounds.exactly(10)}),
)


@pytest.mark.chaos
async def test_list_lags(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
