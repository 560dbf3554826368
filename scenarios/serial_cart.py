"""One cart is changed from many places at once, without a lock, while an endpoint dies: no change is lost."""

import pytest

from booking.workloads import CartRush
from chaos import AfterOperations, AtTime, Bounds, Chaos, Expect, Plan, Step
from chaos.faults import Kill

PLAN = Plan(
    name="serial_cart",
    story=(
        "Given one user's cart, when seats are put into it and taken out of it concurrently and every endpoint dies "
        "meanwhile, then the cart holds exactly what all changes together leave."
    ),
    workload=CartRush(seats=40, clients=16),
    steps=(Step(id="crash", fault=Kill(target="endpoints"), when=AfterOperations(count=10), until=AtTime(at_s=0.3)),),
    expect=Expect(
        min_ok=40,
        outcomes={"ok": Bounds.exactly(40)},
        checks=(
            "sessions_follow_contract",
            "state_on_demand",
            "all_orders_end",
            "expected_outcomes",
            "faults_landed",
            "not_vacuous",
        ),
    ),
)


@pytest.mark.chaos
async def test_serial_cart(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
