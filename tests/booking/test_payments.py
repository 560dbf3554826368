"""The ledger by order: whose rows they are, and what they leave open."""

from __future__ import annotations

from typing import Any

import pytest

from booking.ledgers import GatewayRow
from booking.payments import Payments, by_order

KEY = "charge:o"


def row(number: int, kind: str, path: str = "/v1/charges", **more: Any) -> GatewayRow:
    about: dict[str, Any] = {"row": number, "at_ms": 0, "kind": kind, "attempt": number, "method": "POST", "path": path}
    return GatewayRow(**about | more)


def effect(number: int, name: str, **more: Any) -> GatewayRow:
    return row(number, "effect", **{"effect": name, "charge_id": "ch", "key": KEY} | more)


ASKED = row(1, "arrival", key=KEY)
CAPTURED = effect(2, "capture", attempt=1)
REFUNDED = effect(4, "refund", path="/v1/refunds", key="refund:o")


@pytest.mark.parametrize(
    ("rows", "owner"),
    [
        ([row(1, "arrival", case="a", key="charge:b")], "a"),
        ([row(1, "arrival", key="charge:a")], "a"),
        ([row(1, "arrival", key="refund:a")], "a"),
        ([row(1, "arrival", key="k")], None),
        ([row(1, "arrival")], None),
    ],
)
def test_whose_row_it_is(rows: list[GatewayRow], owner: str | None) -> None:
    assert by_order(rows).keys() == {owner}


def test_a_row_belongs_to_the_order_of_its_charge_key_or_attempt() -> None:
    first = row(1, "effect", case="a", charge_id="ch", key="k", effect="capture")
    by_charge = row(2, "effect", "/v1/refunds", charge_id="ch", effect="refund")
    by_key = row(3, "arrival", "/v1/voids", key="k")
    by_attempt = row(4, "answer", "/v1/voids", attempt=3)
    assert by_order([by_attempt, by_key, first, by_charge])["a"].rows == (first, by_charge, by_key, by_attempt)


def test_rows_that_name_nothing_are_not_taken_together() -> None:
    orders = by_order([row(1, "arrival", case="a"), row(2, "arrival", key="charge:b"), row(3, "arrival")])
    assert orders.keys() == {"a", "b", None}


def test_only_requests_to_charge_are_attempts() -> None:
    asked = row(5, "arrival", method="GET")
    voided, refunded = row(6, "arrival", "/v1/voids"), row(7, "arrival", "/v1/refunds")
    paid = Payments((ASKED, CAPTURED, asked, voided, refunded))
    assert paid.attempts == [ASKED]
    assert paid.undo_attempts == [voided, refunded]


def test_a_capture_stands_until_it_is_refunded() -> None:
    assert Payments((ASKED, CAPTURED)).standing == [CAPTURED]
    assert Payments((ASKED, CAPTURED, REFUNDED)).standing == []
    assert Payments((ASKED, CAPTURED, effect(4, "refund", charge_id="other"))).standing == [CAPTURED]


@pytest.mark.parametrize("end", ["capture", "fail", "refund"])
def test_a_charge_is_pending_until_it_ends(end: str) -> None:
    pending = effect(2, "pending")
    assert Payments((ASKED, pending)).pending == [pending]
    assert Payments((ASKED, pending, effect(3, end))).pending == []
    assert Payments((ASKED, pending, effect(3, end, charge_id="other"))).pending == [pending]


@pytest.mark.parametrize(
    ("rows", "still_open"),
    [
        ((ASKED,), {KEY}),
        ((ASKED, CAPTURED), {KEY}),
        ((ASKED, effect(2, "fail")), {KEY}),
        ((ASKED, effect(3, "bar", charge_id=None)), set()),
        ((ASKED, effect(3, "bar", key="other")), {KEY}),
        ((ASKED, CAPTURED, REFUNDED), set()),
        ((ASKED, CAPTURED.model_copy(update={"key": None}), REFUNDED), set()),
        ((row(1, "arrival"),), set()),
        ((), set()),
    ],
)
def test_keys_that_could_still_be_captured(rows: tuple[GatewayRow, ...], still_open: set[str]) -> None:
    assert Payments(rows).open_keys == still_open


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ({"status": 404}, True),
        ({"status": 422}, True),
        ({"status": 409, "detail": "key_reused"}, True),
        ({"status": 409, "detail": "already_refunded"}, False),
        ({"status": 404, "rule_id": "r"}, False),
        ({"status": 400}, True),
        ({"status": 500}, False),
        ({"status": 200}, False),
    ],
)
def test_an_undo_that_the_gateway_itself_called_wrong(answer: dict[str, Any], wrong: bool) -> None:
    asked = row(5, "arrival", "/v1/refunds")
    paid = Payments((ASKED, row(2, "answer", attempt=1, status=402), asked, row(6, "answer", attempt=5, **answer)))
    assert bool(paid.refused_undo) is wrong
