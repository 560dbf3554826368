"""Everything loses its connection to everything at once: no order is lost, none is charged twice."""

import pytest

from booking.workloads import Booking
from chaos import AtTime, Bounds, Chaos, Expect, Plan, RuleHits, Step
from chaos.faults import Hold, Kill

PLAN = Plan(
    name="toxiproxy_killed",
    story=(
        "Given orders whose charges the gateway holds, when every connection between clients, Restate, endpoints, "
        "gateway and mailer breaks at once and none can be made for a while, then every order goes on, and is "
        "charged once."
    ),
    # auto_reset: a client sends an order when its seat can be read, and none into the void.
    workload=Booking(orders=16, seats=16, clients=8, auto_reset=True),
    steps=(
        Step(id="charging", fault=Hold(on="charge", point="before_effect", attempts="1", times=8)),
        Step(
            id="cut",
            fault=Kill(target="toxiproxy"),
            when=RuleHits(step="charging", count=8),
            until=AtTime(at_s=0.5),
        ),
    ),
    expect=Expect(min_ok=16, shown={"ok": Bounds.exactly(16)}, repeated_charges=8),
)


@pytest.mark.chaos
async def test_toxiproxy_killed(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
