"""The money cannot be given back: the saga goes on undoing the rest, and says that a person must see to it."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import OutlivedHolds
from chaos import Bounds, Chaos, Expect, Plan, RuleHits, StackSpec, Step
from chaos.faults import Delay, Hold, Respond

PLAN = Plan(
    name="refund_fails",
    story=(
        "Given charges that are captured and answered after the hold, when one refund is answered 404 for good and the "
        "others 500 more often than may be tried, then the orders end refunded in name only: their status says that "
        "the refund failed, the release is tried all the same, and the report names the orders whose money is owed."
    ),
    workload=OutlivedHolds(seats=3),
    steps=(
        Step(
            id="answered_late",
            fault=Hold(on="charge", point="after_effect", attempts="1", times=3, min_hits=3),
            until=RuleHits(step="others", count=3),
        ),
        Step(id="others", fault=Delay(on="charge", point="before_effect", delay_ms=1, min_hits=3)),
        Step(id="refund_unknown", fault=Respond(on="refund", status=404, body={"code": "unknown_charge"}, times=1)),
        Step(id="refunds_broken", fault=Respond(on="refund", status=500, min_hits=6)),
    ),
    expect=Expect(
        min_ok=6,
        shown={"refunded": Bounds.exactly(3), "ok": Bounds.exactly(6)},
        needs_a_person=Bounds.exactly(3),
    ),
    stack=StackSpec(settings=BookingSettings(compensation_attempts=3, attempt_timeout_s=60)),
)


@pytest.mark.chaos
async def test_refund_fails(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
