"""Loads about keys: one that is rushed, many that are new, and looks beside bookings."""

from collections import Counter
from random import Random

from booking.workloads import CartRush, FreshKeys, Reading


def test_a_cart_is_filled_and_then_changed_a_seat_at_a_time() -> None:
    load = CartRush(seats=4, clients=2).decide(Random(1), "s-1")
    assert [call.handler for call in load.opening] == ["open"] + ["add_to_cart"] * 4
    assert len({call.number for call in load.opening}) == 5
    assert Counter(call.handler for call in load.operations) == {"add_to_cart": 2, "remove_from_cart": 2}
    assert len({call.input["seat_id"] for call in load.operations}) == 4


def test_new_keys_are_written_to_before_they_are_cleared() -> None:
    load = FreshKeys(keys=5, cleared=2).decide(Random(1), "s-1")
    adds, clears = load.operations[:5], load.operations[5:]
    assert [call.after for call in clears] == [0, 1]
    assert [call.key for call in clears] == [call.key for call in adds[:2]]
    assert (len(load.forgotten), len(load.kept)) == (2, 3)


def test_a_status_is_asked_for_after_its_order() -> None:
    load = Reading(orders=2).decide(Random(1), "s-1")
    assert [call.number for call in load.operations] == list(range(12))
    assert [call.handler for call in load.operations[:6]] == ["run", "get", "get", "get", "get", "status"]
    assert load.operations[5].after == 0
