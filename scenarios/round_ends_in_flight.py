"""The round ends while its seats are being paid for: orders get the money back, and the next round has the seats."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import RoundEnd
from chaos import Bounds, Chaos, Expect, Plan, RuleHits, StackSpec, Step
from chaos.faults import Delay, Hold

PLAN = Plan(
    name="round_ends_in_flight",
    story=(
        "Given orders that are captured and not yet answered, when their round is ended, and the reset is sent again, "
        "then they are refunded, the event is in its second round, and the seats are sold to others in that."
    ),
    workload=RoundEnd(seats=5),
    steps=(
        # Until each of the next round's orders has come to pay.
        Step(
            id="captured",
            fault=Hold(on="charge", point="after_effect", attempts="1", times=5, min_hits=5),
            until=RuleHits(step="next_round", count=5),
        ),
        Step(id="next_round", fault=Delay(on="charge", point="before_effect", delay_ms=1, min_hits=5)),
    ),
    expect=Expect(
        min_ok=12,
        shown={"refunded": Bounds.exactly(5), "ok": Bounds.exactly(12)},
        compensations=("refund",),
        rounds=1,
    ),
    stack=StackSpec(settings=BookingSettings(payment_timeout_s=2, attempt_timeout_s=60)),
)


@pytest.mark.chaos
async def test_round_ends_in_flight(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
