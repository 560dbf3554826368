"""A sold-out evening in bad weather: endpoints die, links reset, the gateway falters; the books still balance."""

import pytest

from booking.workloads import Booking
from chaos import AfterOperations, AtTime, Chaos, Expect, Plan, Step
from chaos.faults import Kill, ResetPeer, Respond

PLAN = Plan(
    name="sellout_under_fire",
    story=(
        "Given 500 orders for 200 seats, when endpoints die, links are reset and the gateway answers 503 now and "
        "then, then every order ends, is charged at most once, and no seat is sold twice."
    ),
    workload=Booking(orders=500, seats=200, clients=32, declined=10),
    steps=(
        Step(id="flaky_gateway", fault=Respond(on="charge", status=503, probability=0.1)),
        Step(id="crash_1", fault=Kill(), when=AfterOperations(count=40), until=AtTime(at_s=0.5)),
        Step(id="gateway_reset", fault=ResetPeer(link="gateway"), when=AfterOperations(count=90), until=AtTime(at_s=1)),
        Step(
            id="crash_all",
            fault=Kill(target="endpoints"),
            after="crash_1",
            when=AfterOperations(count=100),
            until=AtTime(at_s=0.5),
        ),
        Step(
            id="endpoint_reset", fault=ResetPeer(link="endpoint"), when=AfterOperations(count=220), until=AtTime(at_s=1)
        ),
        Step(
            id="ingress_reset", fault=ResetPeer(link="ingress"), when=AfterOperations(count=300), until=AtTime(at_s=0.3)
        ),
        Step(id="crash_2", fault=Kill(), after="crash_all", when=AfterOperations(count=180), until=AtTime(at_s=0.5)),
    ),
    expect=Expect(min_ok=150, repeated_charges=1),
    deadline_s=300,
)


@pytest.mark.chaos
async def test_sellout_under_fire(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
