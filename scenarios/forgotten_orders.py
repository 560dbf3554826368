"""Orders are placed again when Restate knows nothing of them any more: what they came to is not forgotten."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import AfterOperations, AtStart, Bounds, Chaos, EffectSeen, Expect, Plan, StackSpec, Step
from chaos.faults import Hold, Purge

PLAN = Plan(
    name="forgotten_orders",
    story=(
        "Given orders paid by webhook, when Restate forgets all that have ended, and every order is placed again, then "
        "who has a booking is told of it again, who was declined is refused, and nobody is charged a second time."
    ),
    workload=Booking(orders=6, seats=6, clients=6, declined=2, payment="webhook", placed_later=True),
    steps=(
        # One order is still under way, and is remembered.
        Step(
            id="under_way",
            fault=Hold(on="lookup", point="before_effect", times=1),
            until=EffectSeen(step="forgotten"),
        ),
        Step(id="forgotten", fault=Purge(), when=AfterOperations(count=5), until=AtStart()),
    ),
    expect=Expect(
        min_ok=8,
        outcomes={"ok": Bounds.exactly(8)},
        shown={"declined": Bounds.exactly(2), "order_settled": Bounds.exactly(2)},
    ),
    # Nobody hangs up on what is held, however slow the machine is.
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2, attempt_timeout_s=60)),
)


@pytest.mark.chaos
async def test_forgotten_orders(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
