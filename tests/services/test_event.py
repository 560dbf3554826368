"""Event: opened once with one input, and each round followed by the next one only."""

from __future__ import annotations

import pytest
from pydantic import JsonValue
from restate import TerminalError

from services import event
from tests.services.objects import Asked, Object, Sent

TERMS: dict[str, JsonValue] = {"seats": ["A1", "A2"], "price_cents": 100, "currency": "EUR"}


@pytest.fixture
def on_sale() -> Object:
    """An event that was opened; who heard of that is forgotten."""
    opened = Object(event.service, "e1")
    assert opened.call("open", **TERMS) == {"event_id": "e1", "round": 1}
    assert opened.asked == [Asked("SeatMap/e1/open", {"seats": ["A1", "A2"], "auto_reset": False})]
    opened.asked.clear()
    return opened


def test_the_same_input_again_changes_nothing_in_a_later_round_either(on_sale: Object) -> None:
    assert on_sale.call("open", **TERMS) == {"event_id": "e1", "round": 1}
    on_sale.call("reset", round=1)
    before = dict(on_sale.state)
    assert on_sale.call("open", **TERMS) == {"event_id": "e1", "round": 2}
    assert (on_sale.state, on_sale.asked) == (before, [])


@pytest.mark.parametrize(
    "other",
    [{"seats": ["A1"]}, {"price_cents": 99}, {"currency": "USD"}, {"hold_ms": 1}, {"auto_reset": True}],
    ids=lambda other: next(iter(other)),
)
def test_other_input_is_refused_and_changes_nothing(on_sale: Object, other: dict[str, JsonValue]) -> None:
    before = dict(on_sale.state)
    with pytest.raises(TerminalError, match=r"^already_open: ") as refusal:
        on_sale.call("open", **TERMS | other)
    assert refusal.value.status_code == 409
    assert (on_sale.state, on_sale.asked) == (before, [])


def test_a_reset_of_the_current_round_tells_the_map_and_every_seat(on_sale: Object) -> None:
    assert on_sale.call("reset", round=1) == {"round": 2}
    told = ["SeatMap/e1/advance", "Ticket/e1:A1/reset", "Ticket/e1:A2/reset"]
    assert on_sale.sent == [Sent(target, {"round": 2}, None) for target in told]
    assert on_sale.call("get")["round"] == 2


@pytest.mark.parametrize("other", [1, 3])
def test_a_reset_of_another_round_skips_none(on_sale: Object, other: int) -> None:
    on_sale.call("reset", round=1)
    on_sale.sent.clear()
    assert on_sale.call("reset", round=other) == {"round": 2}
    assert on_sale.sent == []
    assert on_sale.call("get")["round"] == 2


@pytest.mark.parametrize(("handler", "fields"), [("get", {}), ("reset", {"round": 1})])
def test_an_event_that_was_never_opened_is_unknown(handler: str, fields: dict[str, JsonValue]) -> None:
    with pytest.raises(TerminalError, match=r"^unknown_event: ") as refusal:
        Object(event.service, "e1").call(handler, **fields)
    assert refusal.value.status_code == 404
