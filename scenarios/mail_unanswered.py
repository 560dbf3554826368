"""The mailer breaks off, before it sends or after: the mail is asked for again, and still goes out once."""

import pytest

from booking.workloads import Booking
from chaos import Chaos, Expect, Plan, Step
from chaos.faults import DropAfterEffect, DropBeforeEffect

PLAN = Plan(
    name="mail_unanswered",
    story=(
        "Given a mailer that drops the connection instead of answering, a few times before it sends the message and "
        "then, twice a message, after it did, when orders are confirmed, then each of them gets exactly one e-mail."
    ),
    workload=Booking(orders=16, seats=16, clients=6),
    steps=(
        Step(id="unsent", fault=DropBeforeEffect(on="mail", times=4)),
        Step(id="sent_unheard", fault=DropAfterEffect(on="mail", attempts="1-2")),
    ),
    expect=Expect(min_ok=16),
)


@pytest.mark.chaos
async def test_mail_unanswered(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
