"""A payment cannot be settled: the gateway knows nothing of the void, or breaks; the seat is released all the same."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, StackSpec, Step
from chaos.faults import Respond

PLAN = Plan(
    name="void_fails",
    story=(
        "Given declined cards, when some voids are answered 404 for good and the others 500 more often than may be "
        "tried, then the order's status says that its payment was not settled, and its seat is free again and sold to "
        "the next."
    ),
    workload=Booking(orders=8, seats=4, clients=1, declined=4, declined_first=True),
    steps=(
        Step(
            id="voids_unknown",
            fault=Respond(on="void", status=404, body={"code": "not_found"}, times=2, min_hits=2),
        ),
        Step(id="voids_broken", fault=Respond(on="void", status=500, min_hits=6)),
    ),
    expect=Expect(
        min_ok=4,
        outcomes={"declined": Bounds.exactly(4), "ok": Bounds.exactly(4)},
        compensations=("release",),
        resold=4,
        needs_a_person=Bounds.exactly(4),
    ),
    stack=StackSpec(settings=BookingSettings(compensation_attempts=3, attempt_timeout_s=60)),
)


@pytest.mark.chaos
async def test_void_fails(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
