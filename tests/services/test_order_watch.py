"""OrderWatch: it places an order of a session and tells the session how that ended."""

from __future__ import annotations

import pytest
from pydantic import JsonValue
from restate import TerminalError

from services import order_watch
from services.errors import refuse
from tests.services.objects import Asked, Object, Sent

ORDER_ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
ORDER: JsonValue = {
    "user_id": "ann",
    "event_id": "e1",
    "seat_id": "A1",
    "payment_token": "tok_1",
    "payment": "webhook",
}


@pytest.mark.parametrize(
    ("no", "status"),
    [(None, "CONFIRMED"), (refuse("declined", "-"), "FAILED"), (TerminalError("killed", 409), "FAILED")],
)
def test_a_session_is_told_how_its_order_ended(no: TerminalError | None, status: str) -> None:
    watch = Object(order_watch.service, "")
    watch.answers[f"Checkout/{ORDER_ID}/run"] = no
    watch.call("follow", order_id=ORDER_ID, order=ORDER)
    assert watch.asked == [Asked(f"Checkout/{ORDER_ID}/run", ORDER)]
    assert watch.sent == [Sent("UserSession/ann/order_ended", {"order_id": ORDER_ID, "status": status}, None)]
