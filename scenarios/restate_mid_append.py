"""Restate dies while it writes its log, again and again: what it had answered for is there when it is back."""

import pytest

from booking.workloads import Booking
from chaos import Appending, AtTime, Chaos, Expect, Plan, Step
from chaos.faults import Kill

RESTATE = Kill(target="restate")
APPENDING, A_MOMENT = Appending(), AtTime(at_s=0.1)

PLAN = Plan(
    name="restate_mid_append",
    story=(
        "Given orders under way, when Restate is killed just as its write-ahead log grows, and so again each time it "
        "is back, then it goes on where its log ends: no order that it took is lost, and none is charged twice."
    ),
    # auto_reset: a client sends an order when its seat can be read; else all would be sent to a dead server.
    workload=Booking(orders=32, seats=32, clients=8, auto_reset=True),
    steps=(
        Step(id="first", fault=RESTATE, when=APPENDING, until=A_MOMENT),
        Step(id="second", fault=RESTATE, after="first", when=APPENDING, until=A_MOMENT),
        Step(id="third", fault=RESTATE, after="second", when=APPENDING, until=A_MOMENT),
    ),
    expect=Expect(min_ok=6),
)


@pytest.mark.chaos
async def test_restate_mid_append(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
