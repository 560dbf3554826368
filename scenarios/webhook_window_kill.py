"""The endpoints die after a charge was taken and before that was heard: others ask again, in the same words."""

import pytest

from booking.workloads import Booking
from chaos import AtTime, Chaos, EffectSeen, Expect, HoldReached, Plan, Step
from chaos.faults import Hold, Kill

PLAN = Plan(
    name="webhook_window_kill",
    story=(
        "Given payments by webhook, when every endpoint dies between a charge and its answer, then other processes ask "
        "for it again under the same key and with the same body, and every order gets its seat for one charge."
    ),
    workload=Booking(orders=12, seats=12, clients=4, payment="webhook"),
    steps=(
        Step(
            id="taken",
            fault=Hold(on="charge", point="after_effect", times=1),
            until=EffectSeen(step="crash"),
        ),
        Step(id="crash", fault=Kill(target="endpoints"), when=HoldReached(step="taken"), until=AtTime(at_s=0.5)),
    ),
    expect=Expect(min_ok=12, repeated_charges=1),
)


@pytest.mark.chaos
async def test_webhook_window_kill(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
