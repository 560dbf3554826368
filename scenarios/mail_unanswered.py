"""The mailer sends and does not say so: the mail is asked for again, and still goes out once."""

import pytest

from chaos.faults import DropAfterEffect
from chaos.plan import Expect, Plan, Step
from chaos.pytest_plugin import Chaos
from chaos.workloads import Booking

PLAN = Plan(
    name="mail_unanswered",
    story=(
        "Given a mailer that takes every message and drops the connection instead of answering, twice, when orders are "
        "confirmed, then each of them gets exactly one e-mail."
    ),
    workload=Booking(orders=16, seats=16, clients=6),
    steps=(Step(id="sent_unheard", fault=DropAfterEffect(on="mail", attempts="1-2")),),
    expect=Expect(min_ok=16),
)


@pytest.mark.chaos
async def test_mail_unanswered(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
