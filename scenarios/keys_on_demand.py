"""A thousand sessions begin with their first call, and of those that are cleared nothing is left."""

import pytest

from chaos.plan import Bounds, Expect, Plan
from chaos.pytest_plugin import Chaos
from chaos.workloads import FreshKeys

PLAN = Plan(
    name="keys_on_demand",
    story=(
        "Given a thousand users nobody has heard of, when each puts a seat into the cart and some clear their session, "
        "then every first call works, those that were cleared have no state left, and all others have theirs."
    ),
    workload=FreshKeys(keys=1_000, cleared=200, clients=64),
    expect=Expect(
        min_ok=1_200,
        outcomes={"ok": Bounds.exactly(1_200)},
        checks=("state_on_demand", "all_orders_end", "expected_outcomes", "not_vacuous"),
    ),
)


@pytest.mark.chaos
async def test_keys_on_demand(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
