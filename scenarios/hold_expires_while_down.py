"""Server and endpoints are dead at the moment holds run out: the timers fire afterwards, and the seats are sold."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import AbandonedHolds
from chaos import AfterOperations, AtTime, Bounds, Chaos, Expect, Plan, StackSpec, Step
from chaos.faults import Hold, Kill

RESERVED = AfterOperations(count=4)  # nobody else gets an answer before the holds have run out

PLAN = Plan(
    name="hold_expires_while_down",
    story=(
        "Given seats that were reserved for a moment and left, when Restate and every endpoint are dead at the moment "
        "the holds run out, then the holds end once both are back, and other orders buy the seats."
    ),
    workload=AbandonedHolds(seats=4, hold_ms=2_000),
    steps=(
        Step(id="under_way", fault=Hold(on="charge", point="before_effect", times=1)),
        Step(id="endpoints_dead", fault=Kill(target="endpoints"), when=RESERVED, until=AtTime(at_s=2.6)),
        Step(id="restate_dead", fault=Kill(target="restate"), when=RESERVED, until=AtTime(at_s=2.6)),
    ),
    expect=Expect(min_ok=9, shown={"ok": Bounds.exactly(9)}, repeated_charges=1, resold=4, expired_while_down=4),
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2, attempt_timeout_s=60)),
)


@pytest.mark.chaos
async def test_hold_expires_while_down(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
