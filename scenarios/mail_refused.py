"""The mailer refuses some messages for good: the bookings stand, and the users' inboxes say that the mail failed."""

import pytest

from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, Step
from chaos.faults import Respond

PLAN = Plan(
    name="mail_refused",
    story=(
        "Given a mailer that answers two messages with 422 and a code, when their orders are confirmed all the same, "
        "then they are not asked for for ever, the inbox says that the mail failed, and the report names the orders."
    ),
    workload=Booking(orders=8, seats=8, clients=4, inboxes=True),
    steps=(Step(id="refused", fault=Respond(on="mail", status=422, body={"code": "invalid"}, times=2, min_hits=2)),),
    expect=Expect(min_ok=8, needs_a_person=Bounds.exactly(2)),
)


@pytest.mark.chaos
async def test_mail_refused(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
