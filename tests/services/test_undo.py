"""The way back: what a failure at each stage has to undo."""

from __future__ import annotations

import pytest
from restate import TerminalError

from services.errors import refuse
from services.saga import Order, Stage, Undo
from services.undo import to_undo

ORDER = Order(user_id="u", event_id="e", seat_id="A1", payment_token="tok_CANARY", payment="direct")


@pytest.mark.parametrize(
    ("stage", "error", "steps"),
    [
        ("RESERVING", refuse("seat_sold", "-"), []),
        ("RESERVING", refuse("seat_reserved", "-"), []),
        ("RESERVING", refuse("unknown_event", "-"), []),
        ("RESERVING", refuse("unknown_seat", "-"), []),
        ("RESERVING", refuse("order_settled", "-"), []),
        ("RESERVING", TerminalError("cancelled", 409), ["release"]),
        ("PAYING", refuse("declined", "-"), ["void", "release"]),
        ("PAYING", refuse("unpaid", "-"), ["void", "release"]),
        ("PAYING", refuse("gateway_refused", "-"), ["void", "release"]),
        ("PAYING", TerminalError("cancelled", 409), ["void", "release"]),
        ("RESERVING", refuse("cancelled", "-"), ["release"]),
        ("PAYING", refuse("cancelled", "-"), ["void", "release"]),
        ("PAYING", refuse("order_settled", "-"), ["void", "release"]),
        ("CONFIRMING", refuse("not_held", "-"), ["refund", "release"]),
        ("CONFIRMING", TerminalError("killed", 409), ["refund", "release"]),
    ],
)
def test_a_failure_undoes_what_came_before_it_newest_first(
    stage: Stage, error: TerminalError, steps: list[Undo]
) -> None:
    assert to_undo(stage, error) == steps


def test_a_fingerprint_tells_orders_apart_and_hides_the_token() -> None:
    assert ORDER.fingerprint() == ORDER.model_copy().fingerprint()
    assert "CANARY" not in ORDER.fingerprint()
    for field in Order.model_fields:
        other = ORDER.model_copy(update={field: "webhook" if field == "payment" else "other"})
        assert other.fingerprint() != ORDER.fingerprint()
