"""An operator pauses orders that back off before an unavailable gateway, and resumes them when it is there again."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import AtTime, Bounds, Chaos, Expect, Plan, RuleHits, StackSpec, Step
from chaos.faults import PauseInvocation, Respond

PLAN = Plan(
    name="operator_pauses",
    story=(
        "Given a gateway that answers the first attempt at four charges with 503, when an operator pauses three of the "
        "orders that back off and resumes them two seconds later, then they go on where they were, and every order "
        "gets its seat for one charge."
    ),
    workload=Booking(orders=8, seats=8, clients=4),
    steps=(
        Step(id="unavailable", fault=Respond(on="charge", status=503, attempts="1", times=4, min_hits=4)),
        Step(
            id="paused",
            fault=PauseInvocation(of="Checkout/run", times=3, states=("backing-off",)),
            when=RuleHits(step="unavailable", count=4),
            until=AtTime(at_s=2),
        ),
    ),
    expect=Expect(min_ok=8, shown={"ok": Bounds.exactly(8)}, repeated_charges=4),
    # Long enough to be met backing off.
    stack=StackSpec(settings=BookingSettings(retry_initial_ms=3_000, retry_max_ms=3_000)),
)


@pytest.mark.chaos
async def test_operator_pauses(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
