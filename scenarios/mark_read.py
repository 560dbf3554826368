"""Users mark one notification of two as read, twice, while endpoints die among mails whose answers are lost."""

import pytest

from booking.workloads import MarkingRead
from chaos import AtTime, Bounds, Chaos, Expect, HoldReached, Plan, Step
from chaos.faults import DropAfterEffect, Hold, Kill

PLAN = Plan(
    name="mark_read",
    story=(
        "Given users with two bookings each, when the mailer sends without saying so and every endpoint dies in the "
        "middle of a mail, then each booking is mailed once and unread, and only the one that is marked becomes read."
    ),
    workload=MarkingRead(users=4),
    steps=(
        Step(id="mailed", fault=Hold(on="mail", point="after_effect", times=1)),
        Step(id="sent_unheard", fault=DropAfterEffect(on="mail", attempts="1-2", min_hits=7)),
        Step(id="crash", fault=Kill(target="endpoints"), when=HoldReached(step="mailed"), until=AtTime(at_s=0.3)),
    ),
    expect=Expect(min_ok=20, outcomes={"ok": Bounds.exactly(20)}),
)


@pytest.mark.chaos
async def test_mark_read(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
