"""A thousand sessions begin with their first call, though every endpoint dies, and of those cleared nothing is left."""

import pytest

from booking.workloads import FreshKeys
from chaos import AfterOperations, AtTime, Bounds, Chaos, Expect, Plan, Step
from chaos.faults import Kill

PLAN = Plan(
    name="keys_on_demand",
    story=(
        "Given a thousand users nobody has heard of, when each puts a seat into the cart, some clear their session and "
        "every endpoint dies in the middle of it, then every first call works, those that were cleared have no state "
        "left, and all others have theirs."
    ),
    workload=FreshKeys(keys=1_000, cleared=200, clients=64),
    steps=(Step(id="crash", fault=Kill(target="endpoints"), when=AfterOperations(count=300), until=AtTime(at_s=0.3)),),
    expect=Expect(
        min_ok=1_200,
        outcomes={"ok": Bounds.exactly(1_200)},
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
async def test_keys_on_demand(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
