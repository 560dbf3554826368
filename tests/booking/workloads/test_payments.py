"""Loads about payments: who pays how, who is called off when, and what a forger says."""

import re
from collections import Counter
from random import Random

import pytest

from booking.workloads import Booking, Cancelling, Forgery


def test_every_order_placed_twice_has_one_id_and_one_input_and_comes_again_while_it_is_paid_for() -> None:
    load = Booking(orders=5, seats=5, clients=2, payment="webhook", placed_twice=True).decide(Random(1), "s-1")
    assert [call.number for call in load.operations] == list(range(10))
    assert set(Counter((call.key, str(call.input)) for call in load.operations).values()) == {2}
    assert {call.input["payment"] for call in load.operations} == {"webhook"}
    for first, again in zip(load.operations[::2], load.operations[1::2], strict=True):
        assert first.awaits is None
        assert again.awaits
        assert (again.awaits.target, again.awaits.equals) == (f"Checkout/{first.key}/status", {"stage": "PAYING"})


def test_every_order_placed_later_comes_once_more_after_the_faults() -> None:
    load = Booking(orders=3, seats=3, clients=2, placed_later=True).decide(Random(1), "s-1")
    first, rest = load.parts
    assert [call.number for call in load.operations] == list(range(6))
    assert [(call.key, call.input) for call in first.operations] == [(call.key, call.input) for call in rest.operations]


def test_every_order_is_called_off_at_its_moment() -> None:
    load = Cancelling(orders=4, clients=4).decide(Random(1), "s-1")
    assert [call.number for call in load.operations] == list(range(8))
    before, together, paying, late = (load.operations[place : place + 2] for place in (0, 2, 4, 6))
    assert [call.handler for call in before] == ["cancel", "run"]
    assert before[1].after == before[0].number
    assert [call.handler for call in together] == ["run", "cancel"]
    assert together[1].after is together[1].awaits is None
    assert paying[1].awaits
    assert paying[1].awaits.equals == {"stage": "PAYING"}
    assert late[1].after == late[0].number
    assert all(len({call.key for call in pair}) == 1 for pair in (before, together, paying, late))


def test_orders_are_called_off_at_the_moments_that_are_asked_for() -> None:
    load = Cancelling(orders=3, moments=("paying", "late"), clients=6).decide(Random(1), "s-1")
    assert [call.handler for call in load.operations] == ["run", "cancel"] * 3
    assert [bool(call.awaits) for call in load.operations[1::2]] == [True, False, True]
    with pytest.raises(ValueError, match="orders: 1 for 2 moments"):
        Cancelling(orders=1, moments=("paying", "late"))


def test_a_success_is_forged_before_while_and_after_each_order() -> None:
    load = Forgery(orders=2, declined=1).decide(Random(1), "s-1")
    first, second = load.operations[:4], load.operations[4:]
    for calls in (first, second):
        assert [call.handler for call in calls] == ["payment_result", "run", "payment_result", "payment_result"]
        assert calls[1].after == calls[0].number
        assert calls[2].awaits
        assert calls[3].after == calls[1].number
        assert {call.key for call in calls} == {calls[1].key}
        (told,) = {str(call.input) for call in calls if call.handler == "payment_result"}
        assert re.fullmatch(r"{'charge_id': 'ch_[0-9a-f]{16}', 'outcome': 'succeeded'}", told)
    assert [calls[1].input["payment_token"][:11] for calls in (first, second)] == [
        "tok_decline",
        "tok_ok_" + second[1].key[:4],
    ]
