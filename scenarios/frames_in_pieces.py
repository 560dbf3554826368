"""Restate and its endpoints hear each other in pieces of fifty bytes: a frame is what it was when it is whole."""

import pytest

from booking.workloads import Booking
from chaos import Chaos, Expect, Plan, Step
from chaos.faults import Slicer

PLAN = Plan(
    name="frames_in_pieces",
    story=(
        "Given a link to the endpoints on which everything comes in pieces of 50 bytes, in both directions, when "
        "orders are placed, then no frame is misread: every order is confirmed and charged once."
    ),
    workload=Booking(orders=4, seats=4, clients=4),
    steps=(
        Step(id="forth", fault=Slicer(link="endpoint", size_bytes=50, pause_ms=5, stream="upstream")),
        Step(id="back", fault=Slicer(link="endpoint", size_bytes=50, pause_ms=5)),
    ),
    expect=Expect(min_ok=4),
)


@pytest.mark.chaos
async def test_frames_in_pieces(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
