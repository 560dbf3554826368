"""Input of every handler: what is not asked for ends at once as 422 that names the field and never shows the value."""

from __future__ import annotations

import json
import pkgutil
from importlib import import_module
from typing import Any
from unittest.mock import Mock

import pytest
from pydantic import ValidationError
from restate import ObjectContext, TerminalError, server_context
from restate.handler import Handler, invoke_handler

import services
from services import event, saga, ticket
from services.schema import Nothing, OrderUuid
from services.serde import Json, guard

ORDER_ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
CANARY = "CANARY-4711"
KEYS = {"Event": "e1", "Ticket": "e1:A1", "SeatMap": "e1", "Checkout": ORDER_ID, "Orders": ORDER_ID}
OF_NO_KIND = [
    *(0.5, 1.0, float("-inf")),
    float("nan"),
    10**40,
    -(10**40),
    [[CANARY]],
    {CANARY: CANARY},
    CANARY * 100_000,
    "",
    "   ",
    "\x00",
    f"{CANARY}\n",
    f"{CANARY}\u2028",
    f"\u202e{CANARY}",
]
GOOD: dict[str, dict[str, Any]] = {
    "Event.open": {"seats": ["A1", "A2"], "price_cents": 100, "currency": "EUR"},
    "Event.reset": {"round": 1},
    "Ticket.reserve": {"user_id": "u1", "order_id": ORDER_ID},
    "Ticket.confirm": {"order_id": ORDER_ID, "round": 1},
    "Ticket.release": {"order_id": ORDER_ID},
    "Ticket.expire": {"hold": 1},
    "Ticket.reset": {"round": 2},
    "SeatMap.set": {"seat_id": "A1", "status": "SOLD", "round": 1, "version": 2},
    "SeatMap.open": {"seats": ["A1"], "auto_reset": False},
    "SeatMap.advance": {"round": 2},
    "Checkout.run": {
        "user_id": "u1",
        "event_id": "e1",
        "seat_id": "A1",
        "payment_token": "tok_1",
        "payment": "direct",
    },
    "Checkout.payment_result": {"charge_id": "ch_1", "outcome": "succeeded"},
    "Orders.place": {"fingerprint": "f", "event_id": "e1", "seat_id": "A1"},
    "Orders.settle": {
        "order_id": ORDER_ID,
        "event_id": "e1",
        "seat_id": "A1",
        "round": 1,
        "amount_cents": 1,
        "status": "CONFIRMED",
        "charge_id": "ch_1",
    },
    "Notifications.notify": {"notification_id": "n1", "kind": "booking_confirmed", "order_id": ORDER_ID, "to": "u1"},
    "Notifications.mark_read": {"notification_id": "n1"},
    "UserSession.add_to_cart": {"event_id": "e1", "seat_id": "A1"},
    "UserSession.remove_from_cart": {"event_id": "e1", "seat_id": "A1"},
    "UserSession.checkout": {"payment_token": "tok_1"},
    "UserSession.order_ended": {"order_id": ORDER_ID, "status": "CONFIRMED"},
    "UserSession.clear_if_idle": {"since": "a"},
    "OrderWatch.follow": {
        "order_id": ORDER_ID,
        "order": {
            "user_id": "u1",
            "event_id": "e1",
            "seat_id": "A1",
            "payment_token": "tok_1",
            "payment": "direct",
        },
    },
    "Signup.run": {"name": "Ann", "email": "ann@example.org"},
    "Signup.click": {"secret": "s"},
    "RoleUpdate.apply": {"user_id": "u1", "role": "admin", "permissions": ["read", "write"]},
}
FOUND = [found.name for found in pkgutil.iter_modules(services.__path__) if found.name != "app"]
MODULES = [import_module(f"services.{name}") for name in FOUND]
HANDLERS = {
    f"{module.service.name}.{name}": handler
    for module in MODULES
    if hasattr(module, "service")
    for name, handler in module.service.handlers.items()
}
WITH_INPUT = sorted(name for name, handler in HANDLERS.items() if handler.handler_io.input_serde.model is not Nothing)
WITHOUT_INPUT = sorted(set(HANDLERS) - set(WITH_INPUT))


def model_of(name: str) -> Any:
    return HANDLERS[name].handler_io.input_serde.model


async def refusal(name: str, body: bytes, key: str | None = None) -> str:
    """Sends a body to a handler the way the SDK does; returns the message of its 422."""
    handler: Handler[Any, Any] = HANDLERS[name]
    ctx = Mock(spec=ObjectContext)
    ctx.key.return_value = KEYS.get(name.partition(".")[0], "u1") if key is None else key
    ctx.request.return_value.id = "inv_1"
    token = server_context._restate_context_var.set(ctx)
    try:
        assert handler.context_managers
        with pytest.raises(TerminalError) as end:
            async with handler.context_managers[0]():
                await invoke_handler(handler, ctx, body)
    finally:
        server_context._restate_context_var.reset(token)
    assert end.value.status_code == 422
    assert end.value.message.startswith("invalid: ")
    assert "CANARY" not in end.value.message
    assert not ctx.set.called
    return end.value.message.removeprefix("invalid: ")


def test_every_handler_is_listed_here_and_reads_its_input_by_our_serde() -> None:
    assert sorted(GOOD) == WITH_INPUT
    for handler in HANDLERS.values():
        assert isinstance(handler.handler_io.input_serde, Json)
        assert handler.arity == 2, "a handler without input accepts {} too"


@pytest.mark.parametrize("name", WITH_INPUT)
def test_good_input_is_taken(name: str) -> None:
    assert HANDLERS[name].handler_io.input_serde.deserialize(json.dumps(GOOD[name]).encode())


@pytest.mark.parametrize("name", WITHOUT_INPUT)
@pytest.mark.parametrize("body", [b"", b"null", b" null\n", b"{}"])
def test_a_handler_without_input_takes_nothing(name: str, body: bytes) -> None:
    assert HANDLERS[name].handler_io.input_serde.deserialize(body) == Nothing()


@pytest.mark.parametrize("name", sorted(HANDLERS))
@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"CANARY"', b"CANARY", b"\xff\xfe", b'{"a":\xff}', b"[" * 10_000, b"1e999", b"true"],
    ids=["cut", "list", "string", "word", "binary", "not-utf-8", "deep", "number", "bool"],
)
async def test_what_is_no_object_is_refused(name: str, body: bytes) -> None:
    assert (await refusal(name, body)).startswith("request: ")


@pytest.mark.parametrize("name", WITH_INPUT)
@pytest.mark.parametrize("body", [b"", b"null"])
async def test_no_input_is_refused_where_some_is_wanted(name: str, body: bytes) -> None:
    assert (await refusal(name, body)).startswith("request: ")


@pytest.mark.parametrize("name", sorted(HANDLERS))
async def test_a_field_nobody_knows_is_refused(name: str) -> None:
    good = GOOD.get(name, {})
    assert (await refusal(name, json.dumps(good | {"surprise": CANARY}).encode())).startswith("surprise: ")
    assert (await refusal(name, json.dumps(good | {CANARY: 1}).encode())).startswith("request: ")


@pytest.mark.parametrize(
    ("name", "field"),
    [(name, field) for name in WITH_INPUT for field, info in model_of(name).model_fields.items() if info.is_required()],
)
async def test_a_missing_field_is_named(name: str, field: str) -> None:
    rest = {key: value for key, value in GOOD[name].items() if key != field}
    assert (await refusal(name, json.dumps(rest).encode())).startswith(f"{field}: ")
    assert (await refusal(name, json.dumps(GOOD[name] | {field: None}).encode())).startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name in WITH_INPUT for field in model_of(name).model_fields]
)
async def test_a_field_of_another_kind_is_named(name: str, field: str) -> None:
    for value in OF_NO_KIND:
        assert (await refusal(name, json.dumps(GOOD[name] | {field: value}).encode())).startswith(field)


@pytest.mark.parametrize(
    ("name", "change", "field"),
    [
        ("Event.open", {"seats": []}, "seats"),
        ("Event.open", {"seats": ["A1", "A1"]}, "seats"),
        ("Event.open", {"seats": ["A1", "A:2"]}, "seats.1"),
        ("Event.open", {"seats": [f"S{number}" for number in range(1_001)]}, "seats"),
        ("Event.open", {"price_cents": -1}, "price_cents"),
        ("Event.open", {"price_cents": 10**12 + 1}, "price_cents"),
        ("Event.open", {"price_cents": True}, "price_cents"),
        ("Event.open", {"price_cents": "100"}, "price_cents"),
        ("Event.open", {"hold_ms": 0}, "hold_ms"),
        ("Event.open", {"hold_ms": 3_155_760_000_001}, "hold_ms"),
        ("Ticket.reserve", {"user_id": "u" * 201}, "user_id"),
        ("Ticket.reserve", {"hold_ms": -1}, "hold_ms"),
        ("Ticket.reserve", {"order_id": "o" * 65}, "order_id"),
        ("Ticket.reserve", {"order_id": '"' * 64}, "order_id"),
        ("Ticket.confirm", {"round": 0}, "round"),
        ("Event.reset", {"round": 2**53 + 1}, "round"),
        ("Ticket.expire", {"hold": 2**53 + 1}, "hold"),
        ("Checkout.run", {"seat_id": "A:1"}, "seat_id"),
        ("Checkout.run", {"payment": CANARY}, "payment"),
        ("UserSession.checkout", {"payment": CANARY}, "payment"),
        ("Signup.run", {"email": f"{CANARY}.example.org"}, "email"),
        ("Signup.run", {"email": f"{CANARY}@example.org @"}, "email"),
        ("RoleUpdate.apply", {"user_id": ".."}, "user_id"),
        ("RoleUpdate.apply", {"permissions": ["p"] * 1_001}, "permissions"),
    ],
)
async def test_limits(name: str, change: dict[str, object], field: str) -> None:
    assert (await refusal(name, json.dumps(GOOD[name] | change).encode())).startswith(f"{field}: ")


def test_of_a_field_that_is_there_twice_the_last_counts() -> None:
    twice = b'{"round": "canary", "round": 2}'
    assert HANDLERS["Event.reset"].handler_io.input_serde.deserialize(twice) == event.Reset(round=2)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("Event.open", {"seats": [f"S{number}" for number in range(1_000)]}),
        ("Event.open", {"price_cents": 0, "hold_ms": None, "auto_reset": None}),
        ("Event.open", {"price_cents": 10**12}),
        ("Event.open", {"hold_ms": 3_155_760_000_000}),
        ("Ticket.reserve", {"user_id": "ü" * 200, "hold_ms": 1}),
        ("UserSession.checkout", {"payment": None}),
        ("RoleUpdate.apply", {"permissions": []}),
    ],
)
def test_what_is_just_within_the_limits_is_taken(name: str, change: dict[str, object]) -> None:
    assert HANDLERS[name].handler_io.input_serde.deserialize(json.dumps(GOOD[name] | change).encode())


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Event.get", ""),
        ("Event.get", " "),
        ("Event.get", "CANARY" * 50),
        ("Event.get", "e\n1"),
        ("SeatMap.get", "\x00"),
        ("Notifications.get", "u" * 201),
        ("Ticket.get", "no-colon"),
        ("Ticket.get", ":A1"),
        ("Ticket.get", "e1:"),
        ("Ticket.get", f"{'e' * 201}:A1"),
        ("Ticket.reserve", "e\n1:A1"),
        ("Checkout.status", CANARY),
        ("Checkout.run", "{6f9619ff-8b86-4d01-b42d-00cf4fc964ff}"),
        ("Checkout.run", "6f9619ff8b864d01b42d00cf4fc964ff"),
        ("Orders.place", "urn:uuid:6f9619ff-8b86-4d01-b42d-00cf4fc964ff"),
    ],
)
async def test_a_key_of_another_kind_is_refused(name: str, key: str) -> None:
    field = {"Ticket": "ticket", "Checkout": "order_id", "Orders": "order_id", "Notifications": "user_id"}
    body = json.dumps(GOOD.get(name, {})).encode()
    assert (await refusal(name, body, key)).startswith(f"{field.get(name.partition('.')[0], 'event_id')}: ")


async def test_other_terminal_errors_pass_the_guard_untouched() -> None:
    ctx = Mock(spec=ObjectContext)
    ctx.key.return_value = ORDER_ID
    token = server_context._restate_context_var.set(ctx)
    end = TerminalError("seat_sold: Ticket already sold", 409)
    try:
        with pytest.raises(TerminalError) as raised:
            async with guard("order_id", OrderUuid)():
                raise end
    finally:
        server_context._restate_context_var.reset(token)
    assert raised.value is end


def test_state_of_a_newer_version_can_be_read() -> None:
    newer = b'{"stage": "PAYING", "added_in_v2": 1}'
    assert saga.PROGRESS.serde.deserialize(newer).stage == "PAYING"
    assert ticket.SEAT.serde.deserialize(b'{"status": "SOLD", "added_in_v2": 1}').status == "SOLD"
    with pytest.raises(ValueError, match="stage"):
        saga.PROGRESS.serde.deserialize(b'{"stage": "ELSEWHERE"}')


def test_values_of_our_own_are_checked_too() -> None:
    with pytest.raises(ValidationError):
        ticket.Reserve(user_id="", order_id="o")
    with pytest.raises(ValidationError):
        event.Reset(round=0)
