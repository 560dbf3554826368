"""Something in between answers in the gateway's place, in HTML: that is nobody's last word, and is asked again."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos import Bounds, Chaos, Expect, Plan, StackSpec, Step
from chaos.faults import Respond

HTML = {"text": "<html><h1>No.</h1></html>", "headers": {"Content-Type": "text/html"}}

PLAN = Plan(
    name="proxy_in_between",
    story=(
        "Given a proxy before gateway and mailer that answers the first charge of every order with 403, the first two "
        "voids with 404 and the first attempt at every mail with 413, each in HTML, then no card counts as "
        "declined for it, every payment is settled, and every mail goes out."
    ),
    workload=Booking(orders=8, seats=4, clients=1, declined=4, declined_first=True),
    steps=(
        Step(id="forbidden", fault=Respond(on="charge", status=403, attempts="1", min_hits=8, **HTML)),
        Step(id="lost", fault=Respond(on="void", status=404, attempts="1-2", min_hits=8, **HTML)),
        Step(id="too_large", fault=Respond(on="mail", status=413, attempts="1", min_hits=4, **HTML)),
    ),
    expect=Expect(
        min_ok=4,
        shown={"declined": Bounds.exactly(4), "ok": Bounds.exactly(4)},
        compensations=("void", "release"),
        resold=4,
        repeated_charges=4,
    ),
    stack=StackSpec(settings=BookingSettings(attempt_timeout_s=60)),
)


@pytest.mark.chaos
async def test_proxy_in_between(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
