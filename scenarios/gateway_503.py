"""The gateway is unavailable at first: charges are retried with growing gaps, and made once."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import Chaos, Expect, Plan, StackSpec, Step
from chaos.faults import Respond

PLAN = Plan(
    name="gateway_503",
    story=(
        "Given a gateway that answers the first four attempts of every charge with 503, when orders come in, then "
        "Restate is seen backing off, the gaps grow, and each order is charged once."
    ),
    workload=Booking(orders=6, seats=6, clients=6),
    steps=(Step(id="unavailable", fault=Respond(on="charge", status=503, attempts="1-4", min_hits=24)),),
    expect=Expect(min_ok=6, backoff={"attempts": 5, "factor": 2}),
    # Gaps that are long beside what a busy machine adds to each.
    stack=StackSpec(settings=BookingSettings(retry_initial_ms=200, retry_max_ms=5_000, attempt_timeout_s=60)),
)


@pytest.mark.chaos
async def test_gateway_503(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
