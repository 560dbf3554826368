"""Two events at once, at other prices and in other currencies: every order pays the price of its own."""

import pytest

from booking.workloads import TwoEvents
from chaos import AtTime, Bounds, Chaos, Expect, HoldReached, Plan, Step
from chaos.faults import Hold, Kill

PLAN = Plan(
    name="two_events",
    story=(
        "Given two events that cost 19.99 EUR and 12501 JPY, when orders of both come by turns and every endpoint dies "
        "with a charge captured and not answered, then each order has paid what its own event costs."
    ),
    workload=TwoEvents(orders=12, clients=4),
    steps=(
        Step(id="captured", fault=Hold(on="charge", point="after_effect", times=1)),
        Step(id="crash", fault=Kill(target="endpoints"), when=HoldReached(step="captured"), until=AtTime(at_s=0.5)),
    ),
    expect=Expect(min_ok=12, outcomes={"ok": Bounds.exactly(12)}, repeated_charges=1),
)


@pytest.mark.chaos
async def test_two_events(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
