"""What events, maps, carts and inboxes may answer: lawful answers, and what breaks a clause."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from booking.model import event, inbox, seat_map, session
from booking.model.calls import Answer, Call
from booking.model.clause import Clause
from booking.model.event import Terms
from booking.model.register import Change, may_be_in, may_be_out
from booking.model.seat import Seat

BODY: dict[str, Any] = {"seats": ["A1", "A2"], "price_cents": 1, "currency": "EUR"}
TERMS = Terms(frozenset({"A1", "A2"}), 1, "EUR")
SHOWN = BODY | {"open": True, "hold_ms": 900_000, "auto_reset": False, "round": 1}
OPENED = {"event_id": "e", "round": 1}


def ok(value: Any) -> Answer:
    return Answer("ok", value)


def no(code: str) -> Answer:
    return Answer("refused", code=code)


@pytest.mark.parametrize(
    ("before", "call", "answer"),
    [
        (None, Call("open", BODY), ok(OPENED)),
        (TERMS, Call("open", BODY), ok(OPENED)),
        (TERMS, Call("open", BODY | {"hold_ms": 5}), ok(OPENED)),  # 5 may be what the app takes without
        (TERMS, Call("open", BODY | {"price_cents": 2}), no("already_open")),
        (None, Call("open", {"seats": 7}), no("invalid")),
        (TERMS, Call("get"), ok(SHOWN)),
        (TERMS, Call("get"), ok(SHOWN | {"seats": ["A2", "A1"], "more": 1})),
        (None, Call("get"), no("unknown_event")),
        (None, Call("reset", {"round": 1}), no("unknown_event")),
        (TERMS, Call("reset", {"round": 1}), ok({"round": 2})),
        (TERMS, Call("reset", {"round": 9}), ok({"round": 1})),
        (TERMS, Call("reset", {"round": 0}), no("invalid")),
        (TERMS, Call("reset", {"round": 1}), Answer("none")),
        (TERMS, Call("an_apps_own"), ok(7)),
    ],
)
def test_an_event_may_answer_so(before: Terms | None, call: Call, answer: Answer) -> None:
    assert event.broken(before, call, answer, "e") is None


@pytest.mark.parametrize(
    ("before", "call", "answer", "clause"),
    [
        (None, Call("open", BODY), ok(OPENED | {"round": 2}), event.OPENS),
        (TERMS, Call("open", BODY), ok(OPENED | {"event_id": "f"}), event.OPENS),
        (TERMS, Call("open", BODY), no("already_open"), event.OPENS),
        (TERMS, Call("open", BODY | {"price_cents": 2}), ok(OPENED), event.OTHER_INPUT),
        *((TERMS, Call("get"), ok(SHOWN | {name: 7}), event.SHOWS) for name in (*BODY, "open", "auto_reset", "round")),
        (replace(TERMS, hold_ms=5), Call("get"), ok(SHOWN), event.SHOWS),
        (TERMS, Call("get"), no("unknown_event"), event.SHOWS),
        (None, Call("get"), ok(SHOWN), event.UNKNOWN_EVENT),
        (TERMS, Call("reset", {"round": 1}), ok({"round": 1}), event.ENDS_ROUND),
        (TERMS, Call("reset", {"round": 1}), ok({"round": 3}), event.ENDS_ROUND),
        (TERMS, Call("reset", {"round": 9}), ok({"round": 2}), event.ENDS_ROUND),
        (TERMS, Call("reset", {"round": 1}), no("invalid"), event.ENDS_ROUND),
    ],
)
def test_an_event_may_not_answer_so(before: Terms | None, call: Call, answer: Answer, clause: Clause) -> None:
    breach = event.broken(before, call, answer, "e")
    assert breach is not None
    assert breach.clause == clause


STATES = [Seat(), Seat("RESERVED", round=1, version=1), Seat("SOLD", round=1, version=2), Seat(round=2, version=3)]


@pytest.mark.parametrize(
    ("status", "round_", "lowest", "place"),
    [
        ("AVAILABLE", 1, 0, 0),
        ("SOLD", 1, 0, 2),
        ("SOLD", 2, 0, 2),  # it may hear of a round from one seat before it hears from another
        ("AVAILABLE", 2, 2, 2),
        ("AVAILABLE", 1, 1, None),
        ("RESERVED", 1, 2, None),
        ("RESERVED", 2, 3, None),
        ("LOST", 1, 0, None),
    ],
)
def test_a_map_shows_what_was_and_never_what_was_before(
    status: str, round_: int, lowest: int, place: int | None
) -> None:
    assert seat_map.place_of(status, round_, STATES, lowest, since=(0, 0, 0, 0), until=1) == place


def test_a_map_does_not_show_what_is_to_come() -> None:
    assert seat_map.place_of("SOLD", 1, STATES, 0, since=(0, 0, 5, 5), until=4) is None


@pytest.mark.parametrize(
    ("told", "is_written"),
    [
        ({"seat_id": "A1", "status": "SOLD", "round": 1, "version": 2}, True),
        ({"seat_id": "A1", "status": "AVAILABLE", "round": 1, "version": 0}, True),
        ({"seat_id": "A1", "status": "SOLD", "round": 1, "version": 3}, False),
        ({"seat_id": "A1", "status": "RESERVED", "round": 1, "version": 2}, False),
        ({"seat_id": "A1", "status": "SOLD", "round": 2, "version": 2}, False),
        ("SOLD", False),
    ],
)
def test_a_map_is_told_what_a_ticket_wrote(told: Any, is_written: bool) -> None:
    assert seat_map.is_written(told, STATES) is is_written


SEAT = {"event_id": "e", "seat_id": "A1"}


@pytest.mark.parametrize(
    ("call", "answer", "least", "most"),
    [
        (Call("add_to_cart", SEAT), ok(None), 0, 0),
        (Call("add_to_cart", SEAT), no("invalid"), 0, 1_000),
        (Call("add_to_cart", {"event_id": "e"}), no("invalid"), 0, 0),
        (Call("checkout", {}), ok({"order_ids": ["a", "b"]}), 1, 2),
        (Call("checkout", {}), no("empty_cart"), 0, 2),
        (Call("checkout", {}), Answer("none"), 1, 1),
        (Call("clear"), ok(None), 0, 0),
    ],
)
def test_a_session_may_answer_so(call: Call, answer: Answer, least: int, most: int) -> None:
    assert session.broken(call, answer, least, most) is None


@pytest.mark.parametrize(
    ("call", "answer", "clause"),
    [
        (Call("add_to_cart", SEAT), no("invalid"), session.CHANGES),
        (Call("remove_from_cart", SEAT), no("seat_sold"), session.CHANGES),
        (Call("checkout", {}), ok({"order_ids": ["a"]}), session.ORDERS),
        (Call("checkout", {}), ok({"order_ids": ["a", "a"]}), session.ORDERS),
        (Call("checkout", {}), ok({"order_ids": ["a", "b", "c"]}), session.ORDERS),
        (Call("checkout", {}), ok({"order_ids": []}), session.EMPTY),
        (Call("checkout", {}), no("empty_cart"), session.ORDERS),
        (Call("clear"), Answer("refused"), session.CLEARS),
    ],
)
def test_a_session_with_two_seats_may_not_answer_so(call: Call, answer: Answer, clause: Clause) -> None:
    breach = session.broken(call, answer, 2, 2)
    assert breach is not None
    assert breach.clause == clause


def follow(*order: str) -> Any:
    """Whether one came before another: only those whose order is given."""
    return lambda one, other: one in order and other in order and order.index(one) < order.index(other)


PUT, TAKEN = Change("put", puts_in=True, sure=True), Change("taken", puts_in=False, sure=True)


@pytest.mark.parametrize(
    ("changes", "order", "may_be"),
    [
        ([], (), {"out"}),
        ([PUT], ("put", "look"), {"in"}),
        ([PUT], ("look", "put"), {"out"}),
        ([PUT], (), {"in", "out"}),
        ([PUT._replace(sure=False)], ("put", "look"), {"in", "out"}),
        ([PUT, TAKEN], ("put", "taken", "look"), {"out"}),
        ([PUT, TAKEN], ("taken", "put", "look"), {"in"}),
        ([PUT, TAKEN], ("put", "look"), {"in", "out"}),
        ([PUT, TAKEN._replace(sure=False)], ("put", "taken", "look"), {"in", "out"}),
        ([PUT, TAKEN], ("put", "look", "taken"), {"in"}),
    ],
)
def test_what_may_be_in_a_list(changes: list[Change[str]], order: tuple[str, ...], may_be: set[str]) -> None:
    found = {name for name, ask in (("in", may_be_in), ("out", may_be_out)) if ask(changes, "look", follow(*order))}
    assert found == may_be


def test_an_inbox_is_read_item_by_item() -> None:
    item = {"notification_id": "n", "kind": "k", "order_id": "o", "read": False}
    (read,) = inbox.items({"items": [item]}) or []
    assert inbox.is_of(read, item)
    assert not inbox.is_of(read, item | {"kind": "other"})
    assert inbox.items({"items": [7]}) is None
    assert inbox.named(item) == "n"
