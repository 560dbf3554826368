"""A ticket's life against a model: whatever its handlers are asked in whatever order, a seat has one owner a round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pydantic import JsonValue
from restate import TerminalError

from services import seat, ticket
from services.seat import Seat
from tests.searching import LOOKS, assert_noticed
from tests.services.objects import Object, Sent

DEFAULT_HOLD_MS = 900_000
OWNER = "whoever has it"  # drawn as often as all others, or the machine would seldom get as far as a sale
ORDERS = st.sampled_from([OWNER, OWNER, "order-a", "order-b"])
HOLDS = st.sampled_from([None, 1, 60_000])


class TicketLife(RuleBasedStateMachine):
    """The model knows who holds the seat, by which reservation and until when, and who bought it in which round.

    It knows nothing of versions: that a timer belongs to a hold is known by when it was sent.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ticket = Object(ticket.service, "event:1:A1")
        self.view = self.ticket.call("get")
        self.round = 1
        self.holder: str | None = None
        self.expires_at_ms: int | None = None
        self.sold: dict[int, str] = {}
        self.timers: list[Sent] = []  # of every reservation there ever was; the last is the newest
        self.seen: tuple[object, int] = (1, None, None), 0  # by the model; the version it came with

    def ask(self, handler: str, *, refusal: str | None = None, **fields: JsonValue) -> Any:
        """Calls a handler, which is to be refused or not, and looks at what it left: state, messages, the view."""
        before, state = self.view, dict(self.ticket.state)
        self.ticket.sent.clear()
        answer = None
        if refusal:
            with pytest.raises(TerminalError, match=f"^{refusal}: "):
                self.ticket.call(handler, **fields)
        else:
            answer = self.ticket.call(handler, **fields)
        told = [sent for sent in self.ticket.sent if sent.target == "SeatMap/event:1/set"]
        self.view = self.ticket.call("get")
        if self.view == before:
            assert (self.ticket.state, told) == (state, []), "what changes nothing writes nothing and tells nobody"
        else:
            assert self.view["version"] > before["version"]
            news = {name: self.view[name] for name in ("status", "round", "version")}
            assert told == [Sent("SeatMap/event:1/set", {"seat_id": "A1", **news}, None)]
        return answer

    def named(self, order: str) -> str:
        return (self.sold.get(self.round) or self.holder or "order-a") if order is OWNER else order

    @rule(order=ORDERS, hold_ms=HOLDS)
    def reserve(self, order: str, hold_ms: int | None) -> None:
        order = self.named(order)
        if self.round in self.sold:
            self.ask("reserve", user_id="user", order_id=order, hold_ms=hold_ms, refusal="seat_sold")
        elif self.holder not in (None, order):
            self.ask("reserve", user_id="user", order_id=order, hold_ms=hold_ms, refusal="seat_reserved")
        else:
            answer = self.ask("reserve", user_id="user", order_id=order, hold_ms=hold_ms)
            timers = [sent for sent in self.ticket.sent if sent.target == "Ticket/event:1:A1/expire"]
            if not self.holder:
                self.holder = order
                self.expires_at_ms = self.ticket.now_ms + (hold_ms or DEFAULT_HOLD_MS)
                assert [sent.after_ms for sent in timers] == [hold_ms or DEFAULT_HOLD_MS]
                self.timers += timers
            else:
                assert not timers, "a hold that is asked for again is not made longer"
            assert answer == {"status": "RESERVED", "expires_at_ms": self.expires_at_ms, "round": self.round}

    @rule(order=ORDERS, ahead=st.sampled_from([0, 0, 0, -1, 1]))
    def confirm(self, order: str, ahead: int) -> None:
        order, round_ = self.named(order), max(1, self.round + ahead)
        if round_ == self.round and order in (self.holder, self.sold.get(self.round)):
            assert self.ask("confirm", order_id=order, round=round_) == {"status": "SOLD"}
            self.sold[self.round], self.holder = order, None
        else:
            self.ask("confirm", order_id=order, round=round_, refusal="not_held")

    @rule(order=ORDERS)
    def release(self, order: str) -> None:
        order = self.named(order)
        answer = self.ask("release", order_id=order)
        if self.holder == order:
            self.holder = None
        assert answer == {"status": self.view["status"]}

    @rule(data=st.data())
    def expire(self, data: st.DataObject) -> None:
        if not self.timers:
            return
        timer = data.draw(st.sampled_from(self.timers))  # those of holds long gone come too, and come twice
        assert isinstance(timer.body, dict)
        self.ask("expire", **timer.body)
        if timer is self.timers[-1]:
            self.holder = None

    @rule(ahead=st.sampled_from([0, 0, -1, 1, 2]))
    def reset(self, ahead: int) -> None:
        self.ask("reset", round=max(1, self.round + ahead))
        if ahead > 0:
            self.round, self.holder = self.round + ahead, None

    @rule(seconds=st.integers(1, 100))
    def time_passes(self, seconds: int) -> None:
        self.ticket.now_ms += seconds * 1_000  # which alone ends no hold: only its timer does

    @invariant()
    def agrees_with_the_model(self) -> None:
        sold = self.sold.get(self.round)
        assert self.view == {
            "status": "SOLD" if sold else "RESERVED" if self.holder else "AVAILABLE",
            "expires_at_ms": self.expires_at_ms if self.holder else None,
            "round": self.round,
            "version": self.view["version"],
        }
        facts = self.round, self.holder, sold
        assert (facts == self.seen[0]) == (self.view["version"] == self.seen[1]), "what happens, happens once"
        self.seen = facts, self.view["version"]
        kept = ticket.SEAT.serde.deserialize(self.ticket.state["ticket"]) if self.ticket.state else Seat()
        assert kept.order_id == (sold or self.holder)
        assert kept.user_id == (kept.order_id and "user")


TestTicketLife = TicketLife.TestCase
TestTicketLife.settings = LOOKS


def _freed_if(wrong: bool, now: Seat) -> Seat:
    return Seat(round=now.round, version=now.version + 1) if wrong else now


CONFIRM, RELEASE, EXPIRE, RESET, RESERVE = seat.confirm, seat.release, seat.expire, seat.reset, seat.reserve
KEEP, MESSAGE = ticket.keep, ticket.Expire
PLANTED: dict[str, tuple[object, str, Callable[..., Any]]] = {
    "sold to whoever asks": (seat, "confirm", lambda now, order, round_: CONFIRM(now, now.order_id, round_)),
    "sold in whichever round": (seat, "confirm", lambda now, order, round_: CONFIRM(now, order, now.round)),
    "sold to the order and not to its user": (
        seat,
        "confirm",
        lambda now, order, round_: CONFIRM(now, order, round_).model_copy(update={"user_id": None}),
    ),
    "sold again": (
        seat,
        "confirm",
        lambda now, order, round_: CONFIRM(now.model_copy(update={"status": "RESERVED"}), order, round_),
    ),
    "released by whoever asks": (seat, "release", lambda now, order: RELEASE(now, now.order_id or "")),
    "un-sold by a release": (seat, "release", lambda now, order: _freed_if(now.order_id == order, now)),
    "never released": (seat, "release", lambda now, order: now),
    "expired by another hold's timer": (seat, "expire", lambda now, hold: EXPIRE(now, now.version)),
    "un-sold by its timer": (
        seat,
        "expire",
        lambda now, hold: _freed_if(now.status != "AVAILABLE" and hold in (now.version, now.version - 1), now),
    ),
    "never expired": (seat, "expire", lambda now, hold: now),
    "reset in the same round": (seat, "reset", lambda now, round_: _freed_if(round_ >= now.round, now)),
    "reset to an earlier round": (seat, "reset", lambda now, round_: Seat(round=round_, version=now.version + 1)),
    "counted from the beginning in a new round": (
        seat,
        "reset",
        lambda now, round_: Seat(round=round_) if round_ > now.round else now,
    ),
    "sold in the round before and not free": (
        seat,
        "reset",
        lambda now, round_: now if now.status == "SOLD" else RESET(now, round_),
    ),
    "held though somebody holds it": (seat, "check_free", lambda now: now.status == "SOLD" and CONFIRM(now, "-", 0)),
    "held though it is sold": (seat, "check_free", lambda now: None),
    "refused to its holder": (Seat, "is_held_by", lambda now, order: False),
    "held without a new version": (
        seat,
        "reserve",
        lambda now, *order: RESERVE(now, *order).model_copy(update={"version": now.version}),
    ),
    "held until the wrong time": (ticket, "int", lambda ms: int(ms) + 1),
    "held with another hold's timer": (ticket, "Expire", lambda hold: MESSAGE(hold=hold - 1)),
    "held with a timer that rings at once": (ticket, "timedelta", lambda milliseconds: None),
    "kept to itself": (ticket.seat_map, "set_seat", ticket.expire),
    "told as it was": (ticket, "keep", lambda ctx, before, after: KEEP(ctx, before, after) and before),
}


@pytest.mark.parametrize("wrong", PLANTED)
def test_the_machine_notices_a_seat_that_is(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, planted = PLANTED[wrong]
    monkeypatch.setattr(owner, name, planted, raising=False)
    assert_noticed(TicketLife)
