"""Server and endpoints are dead at the moment holds run out: the timers fire afterwards, and the seats are sold."""

import pytest

from chaos.faults import Delay, Kill
from chaos.plan import AtTime, Bounds, Expect, Plan, RuleHits, Step
from chaos.pytest_plugin import Chaos
from chaos.workloads import AbandonedHolds

UNDER_WAY = RuleHits(step="slow_charge")

PLAN = Plan(
    name="hold_expires_while_down",
    story=(
        "Given seats that were reserved for a moment and left, when Restate and every endpoint are dead at the moment "
        "the holds run out, then the holds end once both are back, and other orders buy the seats."
    ),
    workload=AbandonedHolds(seats=4, hold_ms=2_000),
    steps=(
        Step(id="slow_charge", fault=Delay(on="charge", point="before_effect", delay_ms=1_000, times=1)),
        Step(id="endpoints_dead", fault=Kill(target="endpoints"), when=UNDER_WAY, until=AtTime(at_s=2.6)),
        Step(id="restate_dead", fault=Kill(target="restate"), when=UNDER_WAY, until=AtTime(at_s=2.6)),
    ),
    expect=Expect(min_ok=9, shown={"ok": Bounds.exactly(9)}, repeated_charges=1, resold=4, expired_while_down=4),
)


@pytest.mark.chaos
async def test_hold_expires_while_down(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
