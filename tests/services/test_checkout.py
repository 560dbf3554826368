"""Checkout: what an order asks for and in which order, what it undoes, and who may call it off when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import JsonValue
from restate import TerminalError

from services import checkout, payment
from services.errors import refuse
from services.saga import Fate
from services.settings import settings
from tests.services.objects import Asked, Object, Sent

ORDER_ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
ORDER: dict[str, JsonValue] = {
    "user_id": "ann",
    "event_id": "e1",
    "seat_id": "A1",
    "payment_token": "tok_CANARY",
    "payment": "direct",
}
BOOKING: dict[str, JsonValue] = {
    "order_id": ORDER_ID,
    "event_id": "e1",
    "seat_id": "A1",
    "round": 3,
    "amount_cents": 4_200,
    "status": "CONFIRMED",
    "charge_id": "ch_1",
}
PLACE, REGISTER = f"Orders/{ORDER_ID}/place", f"Orders/{ORDER_ID}/get"
RESERVE, CONFIRM, RELEASE = (f"Ticket/e1:A1/{handler}" for handler in ("reserve", "confirm", "release"))
FREE: JsonValue = {"price_cents": 0, "currency": "EUR", "hold_ms": 60_000, "round": 3}
URL = f"http://ingress.test/Checkout/{ORDER_ID}/payment_result"
FORWARD = [PLACE, RESERVE, "charge", CONFIRM]


@pytest.fixture
def order() -> Object:
    """An order of which everything succeeds."""
    order = Object(checkout.service, ORDER_ID)
    quote: JsonValue = {"price_cents": 4_200, "currency": "EUR", "hold_ms": 60_000, "round": 3}
    order.answers = {
        PLACE: {"quote": quote, "booking": None},
        REGISTER: {"booking": None},
        RESERVE: {"status": "RESERVED", "expires_at_ms": 1_060_000, "round": 3},
        "webhook_url": payment.Webhook(url=URL),
        "charge": payment.Charge(charge_id="ch_1", status="captured"),
        CONFIRM: {"status": "SOLD"},
        RELEASE: {"status": "AVAILABLE"},
        "void": payment.Voided(outcome="refunded"),
        "refund": payment.Refunded(refund_id="re_1"),
    }
    return order


def what(order: Object) -> list[str]:
    return [asked.what for asked in order.asked]


def asked(order: Object, name: str) -> Asked:
    (found,) = [asked for asked in order.asked if asked.what == name]
    return found


def ends(order: Object, code: str, status: int) -> dict[str, Any]:
    """The order fails with this error, which its status tells too, and leaves no message; returns the status."""
    with pytest.raises(TerminalError, match=f"^{code}: ") as error:
        order.call("run", **ORDER)
    assert error.value.status_code == status
    assert order.sent == []
    told: dict[str, Any] = order.call("status")
    assert (told["stage"], told["error"]["code"]) == ("FAILED", code)
    return told


def test_an_order_takes_its_steps_in_order_and_tells_of_it_at_the_end(order: Object) -> None:
    assert order.call("run", **ORDER) == BOOKING
    assert what(order) == FORWARD
    assert asked(order, RESERVE).body == {"user_id": "ann", "order_id": ORDER_ID, "hold_ms": 60_000}
    charged = asked(order, "charge")
    assert charged.attempts is None, "tried for as long as the hold lasts"
    assert charged.body == {
        "key": f"charge:{ORDER_ID}",
        "request": payment.ChargeRequest(
            order_id=ORDER_ID, amount_cents=4_200, currency="EUR", payment_token="tok_CANARY", mode="direct"
        ),
        "deadline_ms": 1_060_000,
    }
    assert asked(order, CONFIRM).body == {"order_id": ORDER_ID, "round": 3}
    told = {"notification_id": ORDER_ID, "kind": "booking_confirmed", "order_id": ORDER_ID, "to": "ann"}
    assert order.sent == [
        Sent(f"Orders/{ORDER_ID}/settle", BOOKING, None),
        Sent("Notifications/ann/notify", told, None),
    ]
    status = {"stage": "CONFIRMED", "charge_id": "ch_1", "error": None, "compensations": []}
    assert order.call("status") == status


@pytest.mark.parametrize("payment", ["direct", "webhook"])
def test_a_free_event_asks_nothing_of_the_gateway(order: Object, payment: str) -> None:
    order.answers[PLACE] = {"quote": FREE, "booking": None}
    assert order.call("run", **ORDER | {"payment": payment}) == BOOKING | {"amount_cents": 0, "charge_id": None}
    assert what(order) == [PLACE, RESERVE, CONFIRM]
    assert [sent.target for sent in order.sent] == [f"Orders/{ORDER_ID}/settle", "Notifications/ann/notify"]
    status = {"stage": "CONFIRMED", "charge_id": None, "error": None, "compensations": []}
    assert order.call("status") == status


def test_a_free_seat_that_is_no_longer_held_is_let_go_and_nothing_is_refunded(order: Object) -> None:
    order.answers |= {PLACE: {"quote": FREE, "booking": None}, CONFIRM: refuse("not_held", "-")}
    told = ends(order, "not_held", 409)
    assert what(order) == [PLACE, RESERVE, CONFIRM, RELEASE]
    assert [each["name"] for each in told["compensations"]] == ["release"]


def test_a_free_order_that_was_called_off_is_let_go(order: Object) -> None:
    order.answers[PLACE] = {"quote": FREE, "booking": None}
    assert order.call("cancel") == {"accepted": True}
    ends(order, "cancelled", 410)
    assert "charge" not in what(order)
    assert "void" not in what(order)


def test_no_state_of_an_order_tells_its_payment_token(order: Object) -> None:
    order.answers["charge"] = refuse("declined", "-")
    ends(order, "declined", 402)
    assert not [value for value in order.state.values() if b"CANARY" in value]


def test_a_booking_of_before_is_told_again_and_touches_nothing(order: Object) -> None:
    order.answers[PLACE] = {"quote": None, "booking": BOOKING}
    assert order.call("run", **ORDER) == BOOKING
    assert (what(order), order.sent) == ([PLACE], [])


@pytest.mark.parametrize(
    ("step", "no", "code", "status", "undone"),
    [
        (PLACE, refuse("unknown_event", "-"), "unknown_event", 404, []),
        (PLACE, refuse("order_settled", "-"), "order_settled", 409, []),
        (RESERVE, refuse("seat_sold", "-"), "seat_sold", 409, []),
        (RESERVE, TerminalError("cancelled", 409), "cancelled", 409, [RELEASE]),
        ("charge", refuse("declined", "-"), "declined", 402, ["void", RELEASE]),
        ("charge", refuse("unpaid", "-"), "unpaid", 408, ["void", RELEASE]),
        ("charge", refuse("order_settled", "-"), "order_settled", 409, ["void", RELEASE]),
        (CONFIRM, refuse("not_held", "-"), "refunded", 424, ["refund", RELEASE]),
    ],
)
def test_a_step_that_fails_undoes_those_before_it(
    order: Object, step: str, no: TerminalError, code: str, status: int, undone: list[str]
) -> None:
    order.answers[step] = no
    if ":" in no.message:
        told = ends(order, code, status)
        names = [RELEASE.rpartition("/")[2] if name == RELEASE else name for name in undone]
        assert [(each["name"], each["outcome"]) for each in told["compensations"]] == [(name, "done") for name in names]
    else:
        with pytest.raises(TerminalError, match=f"^{no.message}$"):
            order.call("run", **ORDER)
    assert what(order) == FORWARD[: FORWARD.index(step) + 1] + undone


@pytest.mark.parametrize(("step", "no"), [("charge", refuse("declined", "-")), (CONFIRM, refuse("not_held", "-"))])
def test_a_compensation_that_fails_is_owned_up_to_and_the_next_one_is_tried(
    order: Object, step: str, no: TerminalError
) -> None:
    failing = "void" if step == "charge" else "refund"
    order.answers |= {step: no, failing: refuse("gateway_refused", "no such charge")}
    told = ends(order, *(("declined", 402) if step == "charge" else ("refunded", 424)))
    assert told["compensations"] == [
        {"name": failing, "outcome": "failed", "detail": "needs a person: gateway_refused: no such charge"},
        {"name": "release", "outcome": "done", "detail": "AVAILABLE"},
    ]


def test_compensations_have_keys_of_the_order_and_as_many_attempts_as_are_set(
    order: Object, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("NEXUS_COMPENSATION_ATTEMPTS", "7")
    settings.cache_clear()
    order.answers["charge"] = refuse("declined", "-")
    ends(order, "declined", 402)
    assert asked(order, "void") == Asked("void", {"key": f"charge:{ORDER_ID}"}, 7)
    late = Object(checkout.service, ORDER_ID)
    late.answers = order.answers | {
        "charge": payment.Charge(charge_id="ch_1", status="captured"),
        CONFIRM: refuse("not_held", "-"),
    }
    ends(late, "refunded", 424)
    assert asked(late, "refund") == Asked("refund", {"key": f"refund:{ORDER_ID}", "charge_id": "ch_1"}, 7)


def test_an_order_called_off_before_it_was_placed_never_pays(order: Object) -> None:
    assert order.call("cancel") == {"accepted": True}
    ends(order, "cancelled", 410)
    assert what(order) == [REGISTER, PLACE, RESERVE, RELEASE]


@pytest.mark.parametrize("no", [None, refuse("declined", "-")], ids=["paid", "declined"])
def test_an_order_called_off_while_it_is_paid_gets_its_money_back(order: Object, no: TerminalError | None) -> None:
    run_typed = order.run_typed

    async def called_off_meanwhile(name: str, *about: Any, **arguments: Any) -> Any:
        if name == "charge":
            assert order.call("cancel") == {"accepted": True}
        return await run_typed(name, *about, **arguments)

    order.run_typed = called_off_meanwhile  # type: ignore[method-assign]
    if no:
        order.answers["charge"] = no
    ends(order, "cancelled", 410)
    assert what(order)[-2:] == ["void", RELEASE]
    assert CONFIRM not in what(order)


@pytest.mark.parametrize("end", ["sold", "not_held"])
def test_who_cancels_the_invocation_does_not_keep_it_from_knowing_whether_it_was_sold(order: Object, end: str) -> None:
    ended_by_operator = TerminalError("cancelled", 409)
    order.answers[CONFIRM] = (ended_by_operator, ended_by_operator, {"status": "SOLD"})
    if end == "not_held":
        order.answers[CONFIRM] = (ended_by_operator, refuse("not_held", "-"))
        ends(order, "refunded", 424)
    else:
        assert order.call("run", **ORDER) == BOOKING


def pending(order: Object, environment: pytest.MonkeyPatch, first: str) -> dict[str, Any]:
    """The charge is pending, and of what the order then waits for this comes first; returns what it waits for."""
    waits: dict[str, Any] = {}

    async def select(**awaited: Any) -> list[Any]:
        waits.update(awaited)
        return [first, None]

    environment.setattr("restate.select", select)
    order.answers["charge"] = payment.Charge(charge_id="ch_1", status="pending")
    return waits


@pytest.mark.parametrize(("timeout_s", "waits_ms"), [(10, 10_000), (300, 60_000)])
@pytest.mark.parametrize("first", ["hint", "time_up"])
def test_an_order_waits_for_its_webhook_and_then_asks_the_gateway(
    order: Object, environment: pytest.MonkeyPatch, first: str, timeout_s: int, waits_ms: int
) -> None:
    environment.setenv("NEXUS_PAYMENT_TIMEOUT_S", str(timeout_s))
    settings.cache_clear()
    waits = pending(order, environment, first)
    assert order.call("run", **ORDER | {"payment": "webhook"}) == BOOKING
    assert what(order) == [PLACE, RESERVE, "webhook_url", "charge", "outcome", CONFIRM]
    request = asked(order, "charge").body["request"]
    assert (request.mode, request.webhook_url) == ("webhook", URL), "the one that was journaled"
    assert waits["time_up"] == timedelta(milliseconds=waits_ms)
    about = {"order_id": ORDER_ID, "charge_id": "ch_1", "deadline_ms": 1_000_000 + waits_ms}
    assert asked(order, "outcome") == Asked("outcome", about)


def test_an_order_that_is_called_off_waits_no_longer(order: Object, environment: pytest.MonkeyPatch) -> None:
    waits = pending(order, environment, "called_off")
    with pytest.raises(TerminalError, match=r"^cancelled: "):
        order.call("run", **ORDER | {"payment": "webhook"})
    assert waits["called_off"] is order.promises["fate"]
    assert what(order) == [PLACE, RESERVE, "webhook_url", "charge", "void", RELEASE]


def test_a_pending_payment_that_fails_is_voided(order: Object, environment: pytest.MonkeyPatch) -> None:
    pending(order, environment, "hint")
    order.answers["outcome"] = refuse("declined", "-")
    ends(order, "declined", 402)
    assert what(order) == [PLACE, RESERVE, "charge", "outcome", "void", RELEASE]


def test_an_order_that_is_over_is_not_called_off_nor_one_that_restate_forgot(order: Object) -> None:
    order.call("run", **ORDER)
    assert order.call("cancel") == {"accepted": False}
    failed, forgotten = Object(checkout.service, ORDER_ID), Object(checkout.service, ORDER_ID)
    failed.answers = order.answers | {"charge": refuse("declined", "-")}
    ends(failed, "declined", 402)
    assert failed.call("cancel") == {"accepted": False}
    forgotten.answers[REGISTER] = {"booking": BOOKING}
    assert forgotten.call("cancel") == {"accepted": False}
    assert forgotten.promises == {}


@pytest.mark.parametrize(
    ("stage", "heard"),
    [(None, False), ("RESERVING", True), ("PAYING", True), ("COMPENSATING", False), ("CONFIRMED", False)],
)
def test_a_webhook_is_a_hint_while_the_order_may_wait_for_it_and_never_fails(stage: str | None, heard: bool) -> None:
    order = Object(checkout.service, ORDER_ID)
    if stage:
        order.state["order"] = f'{{"schema":1,"stage":"{stage}"}}'.encode()
    for outcome in ("failed", "succeeded"):
        order.call("payment_result", charge_id="ch_9", outcome=outcome)
    assert [each.values for each in order.promises.values()] == ([[True]] if heard else [])


def test_an_order_that_may_no_longer_be_called_off_is_confirming() -> None:
    order = Object(checkout.service, ORDER_ID)
    order.state["order"] = b'{"schema":1,"stage":"PAYING"}'
    assert order.call("status")["stage"] == "PAYING"
    order.promise("fate").values.append(Fate(decision="confirm", charge_id="ch_1"))
    told = order.call("status")
    assert (told["stage"], told["charge_id"]) == ("CONFIRMING", "ch_1")
