"""A thousand reservations of one seat in the same moment: Restate lets them in one by one, and one holds it."""

import pytest

from booking.workloads import ReserveRush
from chaos import Bounds, Chaos, Expect, Plan

# Nothing is paid here: of the saga, only what concerns the seat can be judged.
CHECKS = (
    "exactly_once_charge",
    "no_oversell",
    "all_orders_end",
    "seat_map_converges",
    "seats_follow_contract",
    "views_follow_contract",
    "expected_outcomes",
    "not_vacuous",
)

PLAN = Plan(
    name="reserve_rush",
    story=("Given one seat, when a thousand users reserve it together, then one holds it and the others are refused."),
    workload=ReserveRush(users=1_000, clients=1_000),
    expect=Expect(checks=CHECKS, min_ok=1, outcomes={"ok": Bounds.exactly(1)}, refused=Bounds.exactly(999)),
)


@pytest.mark.chaos
async def test_reserve_rush(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
