"""The map: in whatever order the tickets' changes arrive, it ends up showing what they said last."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from restate import TerminalError

from services import seat_map
from services.seat_map import Change, SeatMap, Seen, is_newer
from tests.services.objects import Object, Sent


def after(changes: list[Change], known: SeatMap) -> SeatMap:
    for change in changes:
        known = known.told(change)
    return known


@given(st.permutations(range(12)))
def test_it_converges_whatever_the_order(order: list[int]) -> None:
    changes = [
        Change(seat_id=seat_id, status=status, round=round_, version=10 * round_ + version)
        for seat_id in ("A1", "A2")
        for round_ in (1, 2)
        for version, status in enumerate(("RESERVED", "AVAILABLE", "SOLD"))
    ]
    known = after([changes[at] for at in order], SeatMap(listed=["A1", "A2"]))
    assert {seat_id: known.status(seat_id) for seat_id in known.listed} == {"A1": "SOLD", "A2": "SOLD"}
    assert known.round == 2
    assert known.sold_out()


def test_a_change_that_was_seen_is_not_newer() -> None:
    change = Change(seat_id="A1", status="SOLD", round=1, version=2)
    seen = Seen(status="SOLD", round=1, version=2)
    assert not is_newer(change, seen)
    assert is_newer(change, None)
    assert not is_newer(change, seen.model_copy(update={"round": 2, "version": 1}))


def test_a_seat_not_heard_of_in_the_current_round_is_available() -> None:
    known = after([Change(seat_id="A1", status="SOLD", round=1, version=2)], SeatMap(listed=["A1", "A2"]))
    assert known.status("A1") == "SOLD"
    assert known.model_copy(update={"round": 2}).status("A1") == "AVAILABLE"
    assert not known.model_copy(update={"round": 2}).sold_out()


def test_a_seat_the_event_does_not_have_leaves_the_map_alone() -> None:
    known = SeatMap(listed=["A1"])
    assert known.told(Change(seat_id="Z9", status="SOLD", round=1, version=1)) is known


def test_before_the_event_is_opened_tickets_are_heard_but_nothing_is_sold_out() -> None:
    known = after([Change(seat_id="A1", status="SOLD", round=1, version=2)], SeatMap())
    assert known.seen["A1"].status == "SOLD"
    assert not known.sold_out()


def test_before_the_event_is_opened_the_number_of_seats_is_limited() -> None:
    changes = [Change(seat_id=f"S{number}", status="RESERVED", round=1, version=1) for number in range(1_001)]
    assert len(after(changes, SeatMap()).seen) == 1_000


@pytest.fixture
def view() -> Object:
    return Object(seat_map.service, "e1")


def opened(view: Object, *, auto_reset: bool = False) -> Object:
    view.call("open", seats=["A1", "A2"], auto_reset=auto_reset)
    return view


def tell(view: Object, seat_id: str, status: str, version: int, round_: int = 1) -> None:
    view.call("set", seat_id=seat_id, status=status, round=round_, version=version)


@pytest.mark.parametrize("auto_reset", [True, False])
def test_the_last_seat_sold_asks_once_for_the_next_round_if_the_event_starts_over(
    view: Object, auto_reset: bool
) -> None:
    opened(view, auto_reset=auto_reset)
    tell(view, "A1", "SOLD", 2)
    assert view.sent == []
    for _ in range(2):
        tell(view, "A2", "SOLD", 2)
    assert view.sent == ([Sent("Event/e1/reset", {"round": 1}, None)] if auto_reset else [])


def test_what_tickets_said_before_the_event_is_opened_counts_for_its_seats(view: Object) -> None:
    tell(view, "A1", "SOLD", 2)
    tell(view, "Z9", "SOLD", 2)
    with pytest.raises(TerminalError, match=r"^unknown_event: ") as refusal:
        view.call("get")
    assert refusal.value.status_code == 404
    assert opened(view).call("get") == {"round": 1, "seats": {"A1": "SOLD", "A2": "AVAILABLE"}}


def test_a_later_round_frees_every_seat_and_an_earlier_one_changes_nothing(view: Object) -> None:
    tell(opened(view), "A1", "SOLD", 2)
    for round_ in (3, 2):
        view.call("advance", round=round_)
        assert view.call("get") == {"round": 3, "seats": {"A1": "AVAILABLE", "A2": "AVAILABLE"}}


def test_what_is_no_news_writes_nothing(view: Object) -> None:
    tell(opened(view), "A1", "SOLD", 2)
    before = dict(view.state)
    tell(view, "A1", "RESERVED", 1)
    tell(view, "Z9", "SOLD", 2)
    assert view.state == before
