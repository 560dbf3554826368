"""What a call may do to a seat, and answer: one lawful outcome each, and what breaks it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from booking.model import seat
from booking.model.calls import Answer, Call
from booking.model.clause import Clause
from booking.model.seat import Seat, broken

NEW = Seat()
FREE = Seat("AVAILABLE", round=1, version=4)
HELD = Seat("RESERVED", "u", "o1", 5_000, 1, 5)
SOLD = Seat("SOLD", "u", "o1", None, 1, 6)
MINE: dict[str, Any] = {"user_id": "u", "order_id": "o1"}
THEIRS: dict[str, Any] = {"user_id": "v", "order_id": "o2", "hold_ms": 1_000}
TAKEN = Answer("ok", {"status": "RESERVED", "expires_at_ms": 5_000, "round": 1})
BOUGHT = Answer("ok", {"status": "SOLD"})
FREED = Answer("ok", {"status": "AVAILABLE"})
NONE = Answer("none")


def no(code: str | None) -> Answer:
    return Answer("refused", code=code)


def shown(state: Seat, **other: Any) -> Answer:
    said = {"status": state.status, "round": state.round, "version": state.version, "expires_at_ms": None}
    return Answer("ok", said | {"expires_at_ms": state.expires_at_ms} | other)


RESERVE, TRY = Call("reserve", MINE), Call("reserve", THEIRS)
CONFIRM, CONFIRM_2 = Call("confirm", {"order_id": "o1", "round": 1}), Call("confirm", {"order_id": "o1", "round": 2})
OWN, STRANGE = Call("expire", {}, own=True), Call("expire", {}, own=False)
LAWFUL = [
    (NEW, RESERVE, replace(HELD, version=1), TAKEN),
    (FREE, RESERVE, HELD, TAKEN),
    (FREE, RESERVE, replace(HELD, version=90), TAKEN),  # versions may have gaps
    (HELD, RESERVE, HELD, TAKEN),
    (HELD, RESERVE, replace(HELD, version=6), TAKEN),  # a repeated one may make a new version
    (HELD, TRY, HELD, no("seat_reserved")),
    (
        HELD,
        replace(TRY, over=True),
        Seat("RESERVED", "v", "o2", 6_000, 1, 6),
        Answer("ok", TAKEN.value | {"expires_at_ms": 6_000}),
    ),  # type: ignore[operator]
    (SOLD, TRY, SOLD, no("seat_sold")),
    (SOLD, RESERVE, SOLD, no("seat_sold")),
    (HELD, CONFIRM, SOLD, BOUGHT),
    (SOLD, CONFIRM, SOLD, BOUGHT),
    (FREE, CONFIRM, FREE, no("not_held")),
    (HELD, CONFIRM_2, HELD, no("not_held")),
    (HELD, replace(CONFIRM, over=True), HELD, no("not_held")),
    (HELD, Call("release", MINE), replace(FREE, version=6), FREED),
    (HELD, Call("release", MINE), replace(FREE, order_id="o1", version=6), FREED),  # who held it is no part of it
    (HELD, Call("release", THEIRS), HELD, Answer("ok", {"status": "RESERVED"})),
    (SOLD, Call("release", MINE), SOLD, BOUGHT),
    (HELD, OWN, replace(FREE, version=6), Answer("ok")),
    (HELD, replace(OWN, own=None), replace(FREE, version=6), Answer("ok")),
    (HELD, STRANGE, HELD, Answer("ok")),
    (SOLD, OWN, SOLD, Answer("ok")),
    (SOLD, Call("reset", {"round": 2}), Seat(round=2, version=7), Answer("ok")),
    (SOLD, Call("reset", {"round": 1}), SOLD, Answer("ok")),
    (NEW, Call("reset", {"round": 2}), NEW, Answer("ok")),  # an app may not keep what nobody touched
    (HELD, Call("get"), HELD, shown(HELD)),
    (SOLD, Call("get"), SOLD, shown(SOLD, more="fields")),
    (NEW, Call("get"), NEW, Answer("ok", {"status": "AVAILABLE", "round": 7, "version": 0})),
    (FREE, Call("reserve", {"user_id": "u", "order_id": "o1", "hold_ms": 0}), FREE, no("invalid")),
    (FREE, RESERVE, FREE, NONE),  # killed before it wrote
    (FREE, RESERVE, HELD, NONE),  # and after
    (HELD, Call("an_apps_own"), SOLD, Answer("ok")),
]


@pytest.mark.parametrize(("before", "call", "after", "answer"), LAWFUL)
def test_what_the_contract_allows_is_lawful(before: Seat, call: Call, after: Seat, answer: Answer) -> None:
    assert broken(before, call, after, answer) is None


BROKEN: list[tuple[Seat, Call, Seat, Answer, Clause]] = [
    (FREE, RESERVE, FREE, no("seat_sold"), seat.HOLDS),
    (FREE, RESERVE, FREE, no("seat_reserved"), seat.HOLDS),
    (FREE, RESERVE, FREE, no("invalid"), seat.HOLDS),
    (FREE, RESERVE, FREE, no(None), seat.HOLDS),
    (FREE, RESERVE, FREE, TAKEN, seat.HOLDS),
    (FREE, RESERVE, SOLD, BOUGHT, seat.HOLDS),
    (FREE, RESERVE, replace(HELD, order_id="o3"), TAKEN, seat.HOLDS),
    (FREE, RESERVE, replace(HELD, user_id="v"), TAKEN, seat.HOLDS),
    (FREE, RESERVE, replace(HELD, expires_at_ms=6_000), TAKEN, seat.HOLDS),
    (FREE, RESERVE, replace(HELD, round=2), TAKEN, seat.HOLDS),
    (FREE, RESERVE, replace(HELD, version=4), TAKEN, seat.GROWS),
    (FREE, RESERVE, replace(HELD, version=3), TAKEN, seat.GROWS),
    (FREE, RESERVE, HELD, no("seat_reserved"), seat.HOLDS),
    (FREE, RESERVE, SOLD, NONE, seat.HOLDS),
    (HELD, RESERVE, HELD, no("seat_reserved"), seat.HOLDS_AGAIN),
    (HELD, RESERVE, HELD, Answer("ok", {"status": "RESERVED", "expires_at_ms": 9_000, "round": 1}), seat.HOLDS_AGAIN),
    (HELD, TRY, replace(HELD, order_id="o2", user_id="v", version=6), TAKEN, seat.IS_HELD),
    (HELD, TRY, HELD, TAKEN, seat.IS_HELD),
    (HELD, TRY, HELD, no("seat_sold"), seat.IS_HELD),
    (SOLD, TRY, replace(HELD, order_id="o2", user_id="v", version=7), TAKEN, seat.IS_SOLD),
    (SOLD, RESERVE, SOLD, TAKEN, seat.IS_SOLD),
    (SOLD, TRY, SOLD, no("seat_reserved"), seat.IS_SOLD),
    (HELD, CONFIRM, HELD, no("not_held"), seat.SELLS),
    (HELD, CONFIRM, HELD, BOUGHT, seat.SELLS),
    (HELD, CONFIRM, SOLD, FREED, seat.SELLS),
    (SOLD, CONFIRM, SOLD, no("not_held"), seat.SELLS),
    (FREE, CONFIRM, replace(SOLD, version=5), BOUGHT, seat.NOT_HELD),
    (HELD, CONFIRM_2, SOLD, BOUGHT, seat.NOT_HELD),
    (HELD, Call("confirm", {"order_id": "o2", "round": 1}), replace(SOLD, order_id="o2"), BOUGHT, seat.NOT_HELD),
    (HELD, Call("release", MINE), HELD, Answer("ok", {"status": "RESERVED"}), seat.RELEASES),
    (HELD, Call("release", MINE), replace(FREE, version=6), BOUGHT, seat.RELEASES),
    (HELD, Call("release", THEIRS), replace(FREE, version=6), FREED, seat.RELEASES),
    (SOLD, Call("release", MINE), replace(FREE, version=7), FREED, seat.RELEASES),
    (HELD, STRANGE, replace(FREE, version=6), Answer("ok"), seat.EXPIRES),
    (SOLD, OWN, replace(FREE, version=7), Answer("ok"), seat.EXPIRES),
    (SOLD, Call("reset", {"round": 2}), SOLD, Answer("ok"), seat.RESETS),
    (SOLD, Call("reset", {"round": 2}), replace(SOLD, round=2, version=7), Answer("ok"), seat.RESETS),
    (HELD, Call("reset", {"round": 1}), replace(FREE, version=6), Answer("ok"), seat.RESETS),
    (HELD, Call("get"), HELD, shown(HELD, status="AVAILABLE"), seat.SHOWS),
    (HELD, Call("get"), HELD, shown(HELD, version=4), seat.SHOWS),
    (HELD, Call("get"), HELD, shown(HELD, round=2), seat.SHOWS),
    (HELD, Call("get"), HELD, shown(HELD, expires_at_ms=1), seat.SHOWS),
    (HELD, Call("get"), HELD, no("unknown_event"), seat.SHOWS),
    (NEW, Call("get"), NEW, Answer("ok", {"status": "SOLD"}), seat.SHOWS),
]


@pytest.mark.parametrize(("before", "call", "after", "answer", "clause"), BROKEN)
def test_what_it_does_not_allow_breaks_a_clause(
    before: Seat, call: Call, after: Seat, answer: Answer, clause: Clause
) -> None:
    breach = broken(before, call, after, answer)
    assert breach is not None
    assert breach.clause == clause
    assert breach.words


def test_every_clause_but_that_of_malformed_input_is_broken_here() -> None:
    clauses = {value for value in vars(seat).values() if isinstance(value, Clause)}
    assert clauses - {clause for *_, clause in BROKEN} == {seat.MALFORMED}


@pytest.mark.parametrize(
    "value", [7, "text", {"status": "LOST", "round": 1, "version": 1}, {"status": "SOLD", "round": "1", "version": 1}]
)
def test_a_state_of_another_form_is_none(value: Any) -> None:
    assert seat.seat_of(value) is None
    assert seat.seat_of(None) == NEW
