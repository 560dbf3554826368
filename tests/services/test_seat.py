"""A seat's life against a model: whatever happens in whatever order, a seat has one owner a round."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from restate import TerminalError

from services import seat
from services.errors import code_of
from services.schema import HUNDRED_YEARS_MS
from services.seat import Seat

ORDERS = st.sampled_from(["order-a", "order-b", "order-c"])


class SeatLife(RuleBasedStateMachine):
    """The model knows who holds the seat, by which hold, and who bought it in which round; nothing of `Seat`."""

    def __init__(self) -> None:
        super().__init__()
        self.seat = Seat()
        self.round = 1
        self.holder: str | None = None
        self.hold = 0  # the version in which the hold began
        self.sold: dict[int, str] = {}
        self.holds_ever: list[int] = [0]

    def step(self, after: Seat) -> None:
        assert after.version == self.seat.version + (after != self.seat), "every change, and only a change, counts"
        self.seat = after

    @rule(order=ORDERS)
    def reserve(self, order: str) -> None:
        if self.round in self.sold:
            expected = "seat_sold"
        elif self.holder:
            expected = "seat_reserved"
        else:
            self.step(seat.reserve(self.seat, "user", order, 1_000))
            self.holder, self.hold = order, self.seat.version
            self.holds_ever.append(self.hold)
            assert self.seat.is_held_by(order)
            return
        with pytest.raises(TerminalError, match=expected):
            seat.reserve(self.seat, "user", order, 1_000)

    @rule(order=ORDERS, behind=st.integers(0, 2))
    def confirm(self, order: str, behind: int) -> None:
        round_ = self.round - behind
        if behind == 0 and order in (self.holder, self.sold.get(self.round)):
            self.step(seat.confirm(self.seat, order, round_))
            self.sold[self.round], self.holder = order, None
        else:
            with pytest.raises(TerminalError, match="not_held"):
                seat.confirm(self.seat, order, round_)

    @rule(order=ORDERS)
    def release(self, order: str) -> None:
        self.step(seat.release(self.seat, order))
        if self.holder == order:
            self.holder = None

    @rule(data=st.data())
    def expire(self, data: st.DataObject) -> None:
        hold = data.draw(st.sampled_from(self.holds_ever))  # timers of holds long gone still fire
        self.step(seat.expire(self.seat, hold))
        if self.holder and hold == self.hold:
            self.holder = None

    @rule(ahead=st.integers(-1, 2))
    def reset(self, ahead: int) -> None:
        self.step(seat.reset(self.seat, max(1, self.round + ahead)))
        if ahead > 0:
            self.round, self.holder = self.round + ahead, None

    @invariant()
    def agrees_with_the_model(self) -> None:
        sold = self.sold.get(self.round)
        assert self.seat.status == ("SOLD" if sold else "RESERVED" if self.holder else "AVAILABLE")
        assert self.seat.order_id == (sold or self.holder)
        assert self.seat.round == self.round
        assert (self.seat.expires_at_ms is not None) == (self.seat.status == "RESERVED")


TestSeatLife = SeatLife.TestCase


def test_the_machine_notices_a_seat_that_is_sold_without_being_held(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(seat: Seat, order_id: str, round_: int) -> Seat:
        return seat.model_copy(update={"status": "SOLD", "order_id": order_id, "version": seat.version + 1})

    monkeypatch.setattr(seat, "confirm", careless)
    life = SeatLife()
    life.reserve("order-a")
    with pytest.raises(pytest.fail.Exception):
        life.confirm("order-b", 0)


def test_the_order_that_bought_the_seat_is_told_so_too() -> None:
    sold = seat.confirm(seat.reserve(Seat(), "user", "order-a", 1_000), "order-a", 1)
    with pytest.raises(TerminalError) as refusal:
        seat.check_free(sold)
    assert code_of(refusal.value) == "seat_sold"
    assert refusal.value.message == "seat_sold: Ticket already sold"
    assert refusal.value.status_code == 409


def test_another_hold_is_told_so() -> None:
    with pytest.raises(TerminalError) as refusal:
        seat.check_free(seat.reserve(Seat(), "user", "order-a", 1_000))
    assert refusal.value.message == "seat_reserved: Ticket is currently reserved"


def test_the_largest_state_stays_below_a_kilobyte() -> None:
    widest = seat.reserve(Seat(round=2**53, version=2**53), "\U00020000" * 200, "~" * 64, HUNDRED_YEARS_MS * 2)
    assert len(widest.model_dump_json().encode()) <= 1_000
