"""The endpoints are started again with other settings, after the ingress has moved, in the middle of payments."""

import pytest

from booking.workloads import Booking
from chaos import Bounds, Chaos, EffectSeen, Expect, Plan, RuleHits, Step
from chaos.faults import Hold, Reconfigure

PLAN = Plan(
    name="ingress_moves",
    story=(
        "Given charges by webhook that were taken and not answered, when the endpoints are started again and know the "
        "ingress by another address (and other times), then they ask for those charges in the very words of before, "
        "new ones are told of at the new address, and no money stays without a seat."
    ),
    workload=Booking(orders=16, seats=16, clients=4, payment="webhook"),
    steps=(
        Step(
            id="taken",
            fault=Hold(on="charge", point="after_effect", attempts="1", times=3, min_hits=3),
            until=EffectSeen(step="moved"),
        ),
        Step(
            id="moved",
            fault=Reconfigure(
                target="endpoints",
                variables={
                    "NEXUS_RESTATE_INGRESS_URL": "{ingress}",
                    "NEXUS_HOLD_MS": "600000",
                    "NEXUS_PAYMENT_TIMEOUT_S": "200",
                    "NEXUS_RETRY_INITIAL_MS": "150",
                },
            ),
            when=RuleHits(step="taken", count=3),
        ),
    ),
    expect=Expect(min_ok=16, shown={"ok": Bounds.exactly(16)}, repeated_charges=3),
)


@pytest.mark.chaos
async def test_ingress_moves(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
