"""Restate dies with charges held, and comes back on its data folder: it knows every order that it had taken."""

import pytest

from booking.workloads import Booking
from chaos import Bounds, Chaos, EffectSeen, Expect, Plan, RuleHits, Step
from chaos.faults import Hold, Restart

PLAN = Plan(
    name="restate_restart",
    story=(
        "Given orders whose charges the gateway holds, when Restate dies and is started again on its data folder, "
        "then it goes on with every one of them, asks for the charges again, and each is made once."
    ),
    # auto_reset: a client sends an order when its seat can be read, and none to a dead server.
    workload=Booking(orders=16, seats=16, clients=8, auto_reset=True),
    steps=(
        Step(id="charging", fault=Hold(on="charge", point="before_effect", attempts="1", times=8)),
        Step(
            id="restart",
            fault=Restart(target="restate", down_ms=200),
            when=RuleHits(step="charging", count=8),
            until=EffectSeen(step="restart"),
        ),
    ),
    expect=Expect(min_ok=16, shown={"ok": Bounds.exactly(16)}, repeated_charges=8),
)


@pytest.mark.chaos
async def test_restate_restart(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
