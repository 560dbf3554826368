"""The mailer is shut down with mails under way, as a new release of it would do: each mail still goes out once."""

import pytest

from booking.workloads import Booking
from chaos import AtTime, Chaos, Expect, HoldReached, Plan, Step
from chaos.faults import Hold, Terminate

PLAN = Plan(
    name="mailer_terminated",
    story=(
        "Given mails that are sent and not yet answered for, when the mailer is told to end, and is started again a "
        "moment later, then the orders are confirmed without it, and each of them gets exactly one e-mail."
    ),
    workload=Booking(orders=16, seats=16, clients=6),
    steps=(
        Step(id="mailing", fault=Hold(on="mail", point="after_effect", attempts="1", times=3)),
        Step(
            id="release",
            fault=Terminate(target="mailer"),
            when=HoldReached(step="mailing"),
            until=AtTime(at_s=0.3),
        ),
    ),
    expect=Expect(min_ok=16),
)


@pytest.mark.chaos
async def test_mailer_terminated(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
