"""Restate and its endpoints talk over a bad line: late, by more or less, and only so much a second."""

import pytest

from booking.workloads import Booking
from chaos import Chaos, Expect, Plan, Step
from chaos.faults import Bandwidth, Jitter

PLAN = Plan(
    name="slow_thin_endpoint",
    story=(
        "Given a link to the endpoints that carries 10 kB a second and delays by up to a tenth of a second, when "
        "orders are placed all the while, then every one is confirmed and charged once."
    ),
    workload=Booking(orders=8, seats=8, clients=4),
    steps=(
        Step(id="thin", fault=Bandwidth(link="endpoint", rate_kb_per_s=10)),
        Step(id="unsteady", fault=Jitter(link="endpoint", max_ms=100, every_ms=150, stream="upstream")),
    ),
    expect=Expect(min_ok=8),
)


@pytest.mark.chaos
async def test_slow_thin_endpoint(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
