"""Bad input on a real stack: it ends at once as 422 that names the field and never shows the value; nothing is retried.

The tables are the contract's: what each public handler takes, what of that kind it must refuse, what is nobody's.
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio

from booking.settings import BookingSettings
from chaos.errors import WaitTimedOut
from chaos.machine.toolchain import Tools
from chaos.plan.spec import StackSpec
from chaos.run.clients import NEVER_RAN_STATUSES
from chaos.stack.stack import Stack
from chaos.waiting import NotYet, until
from tests.stacks import stack_of

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
ANSWER_WITHIN_S = 30  # what is retried for ever has no answer at all
AT_ONCE = 8
MARK = "47114711"
CANARY = f"canary-{MARK}"
TOO_LONG = CANARY.ljust(201, "-")
ORDER_ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"


@dataclass(frozen=True)
class Kind:
    """One kind of field: a value that is taken, and values that are not."""

    good: Any
    bad: tuple[Any, ...]


NAME = Kind(
    "name",
    (
        *(None, True, int(MARK), [CANARY], {CANARY: CANARY}),
        *("", "  ", f"{CANARY}\n", f"\x00{CANARY}", f"\u202e{CANARY}"),
        *(TOO_LONG, CANARY * 70_000),
    ),
)
SEAT = Kind("A1", (*NAME.bad, f"{CANARY}:1"))
ORDER = Kind(ORDER_ID, NAME.bad)
EMAIL = Kind("ann@example.org", (*NAME.bad, CANARY, f"{CANARY}@example.org @"))
PAYMENT = Kind("direct", (*NAME.bad, CANARY))
OUTCOME = Kind("succeeded", (*NAME.bad, CANARY))
FLAG = Kind(False, (CANARY, int(MARK), [CANARY]))
CENTS = Kind(
    4_200,
    (
        *(None, True, MARK, float(MARK), int(MARK) + 0.5, float("nan"), float("-inf"), [int(MARK)], {CANARY: 1}),
        *(-int(MARK), int(MARK) * 10**12, int(MARK) * 10**60),
    ),
)
HOLD = Kind(60_000, (*CENTS.bad, 0, int(MARK) * 10**6))
ROUND = Kind(1, (*CENTS.bad, 0))
NAMES = Kind(
    ["read", "write"],
    (
        *(None, CANARY, {CANARY: 1}, [int(MARK)], [[CANARY]]),
        *([""], [f"{CANARY}\n"], [TOO_LONG], [f"{CANARY}-{number}" for number in range(1_001)]),
    ),
)
SEATS = Kind(["A1", "A2"], (*NAMES.bad, [], [CANARY, "A1", CANARY], [f"{CANARY}:1"]))

# A field whose name ends in "?" may be absent, and null means absent.
PUBLIC: dict[str, dict[str, Kind]] = {
    "Event.open": {"seats": SEATS, "price_cents": CENTS, "currency": NAME, "hold_ms?": HOLD, "auto_reset?": FLAG},
    "Event.get": {},
    "Event.reset": {"round": ROUND},
    "Ticket.reserve": {"user_id": NAME, "order_id": ORDER, "hold_ms?": HOLD},
    "Ticket.release": {"order_id": ORDER},
    "Ticket.get": {},
    "SeatMap.get": {},
    "Checkout.run": {"user_id": NAME, "event_id": NAME, "seat_id": SEAT, "payment_token": NAME, "payment": PAYMENT},
    "Checkout.status": {},
    "Checkout.payment_result": {"charge_id": NAME, "outcome": OUTCOME, "reason?": NAME},
    "Checkout.cancel": {},
    "UserSession.add_to_cart": {"event_id": NAME, "seat_id": SEAT},
    "UserSession.remove_from_cart": {"event_id": NAME, "seat_id": SEAT},
    "UserSession.checkout": {"payment_token": NAME, "payment?": PAYMENT},
    "UserSession.get": {},
    "UserSession.clear": {},
    "Notifications.mark_read": {"notification_id": NAME},
    "Notifications.get": {},
    "Signup.run": {"name": NAME, "email": EMAIL},
    "Signup.click": {"secret": NAME},
    "Signup.status": {},
    "RoleUpdate.apply": {"user_id": Kind("name", (*NAME.bad, "..")), "role": NAME, "permissions": NAMES},
}
NO_OBJECT = {
    "cut off": f'{{"user_id": "{CANARY}"'.encode(),
    "no JSON": CANARY.encode(),
    "not UTF-8": f'{{"user_id": "{CANARY}'.encode() + b'\xff"}',
    "half a character": b'{"user_id": "\\ud83d"}',
    "the other half": b'{"user_id": "\\udc00"}',
    "UTF-16": f'{{"user_id": "{CANARY}"}}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + f'{{"user_id": "{CANARY}"}}'.encode(),
    "two objects": f'{{"user_id": "{CANARY}"}}{{}}'.encode(),
    "binary": b"\xff\xfe" + CANARY.encode(),
    "a list": f'["{CANARY}"]'.encode(),
    "a string": f'"{CANARY}"'.encode(),
    "a number": MARK.encode(),
    "deep": b"[" * 10_000 + MARK.encode(),
    "deep in a field": b'{"user_id": ' + b"[" * 10_000 + MARK.encode() + b"]" * 10_000 + b"}",
    "a number of a million digits": b'{"user_id": ' + MARK.encode() * 125_000 + b"}",
}
KEY_NAMES = {
    "Event": "event_id",
    "Ticket": "ticket",
    "SeatMap": "event_id",
    "Checkout": "order_id",
    "UserSession": "user_id",
    "Notifications": "user_id",
    "Signup": "user_id",
}
BAD_KEYS = ["", "  ", TOO_LONG, CANARY * 800, f"{CANARY}\x07", f"{CANARY}\n", f"\x00{CANARY}"]
MORE_BAD_KEYS = {
    "Ticket": [CANARY, f":{CANARY}", f"{CANARY}:", f"{TOO_LONG}:A1", f"e1:{TOO_LONG}", f"{CANARY}\x07:A1"],
    "Checkout": [CANARY, f"{{{ORDER_ID}}}", ORDER_ID.replace("-", ""), f"urn:uuid:{ORDER_ID}"],
}
# What looks odd and is a name all the same; each stands in keys, in fields and in what is made of them.
ODD_NAMES = ["ü\U0001f600", "ends blank ", " /../?a=b#c%2F%zz", "'\"\\ {}[]", "\U00020000" * 192]
UNKNOWN: list[tuple[str, dict[str, Any], int, str]] = [
    ("Event.get", {}, 404, "unknown_event"),
    ("Event.reset", {"round": 1}, 404, "unknown_event"),
    ("SeatMap.get", {}, 404, "unknown_event"),
    ("Checkout.status", {}, 404, "unknown_order"),
    ("Checkout.run", {"event_id": CANARY}, 404, "unknown_event"),
    ("Checkout.run", {"event_id": "on-sale", "seat_id": CANARY}, 404, "unknown_seat"),
    ("UserSession.checkout", {}, 409, "empty_cart"),
    ("Signup.click", {"secret": CANARY}, 403, "wrong_secret"),
]
# What never reaches a handler, since Restate's ingress refuses it: path, content type, body.
OF_NO_REQUEST = {
    "a key that is not UTF-8": ("Event/%ff%fe/get", "application/json", b"{}"),
    "another content type": ("Event/on-sale/reset", "text/plain", f'{{"round": {MARK}}}'.encode()),
    "no content type": ("Event/on-sale/reset", "", f'{{"round": {MARK}}}'.encode()),
}
PRIVATE: dict[str, dict[str, Any]] = {
    "Ticket.confirm": {"order_id": ORDER_ID, "round": 1},
    "Ticket.expire": {"hold": 1},
    "Ticket.reset": {"round": 2},
    "SeatMap.set": {"seat_id": "A1", "status": "SOLD", "round": 1, "version": 2},
    "SeatMap.open": {"seats": ["A1"], "auto_reset": False},
    "SeatMap.advance": {"round": 2},
    "Notifications.notify": {"notification_id": "n1", "kind": "booking_confirmed", "order_id": ORDER_ID, "to": "u1"},
    "UserSession.order_ended": {"order_id": ORDER_ID, "status": "CONFIRMED"},
    "UserSession.clear_if_idle": {"since": "a"},
    "Orders.place": {"fingerprint": "f", "event_id": "e1", "seat_id": "A1"},
    "Orders.get": {},
    "Orders.settle": {
        "order_id": ORDER_ID,
        "event_id": "e1",
        "seat_id": "A1",
        "round": 1,
        "amount_cents": 1,
        "charge_id": "c1",
    },
    "OrderWatch.follow": {"order_id": ORDER_ID, "order": {}},
}


@dataclass(frozen=True)
class Case:
    """One call, and the field that the answer must name."""

    handler: str
    key: str
    body: bytes
    field: str
    label: str


def good(handler: str, **others: Any) -> dict[str, Any]:
    """Input that a handler takes."""
    return {name.rstrip("?"): kind.good for name, kind in PUBLIC[handler].items()} | others


def fresh_key(handler: str) -> str:
    """A key nobody has used: no case waits for another, and a workflow runs once."""
    return f"{uuid.uuid4()}:A1" if handler.startswith("Ticket.") else str(uuid.uuid4())


def cases(handler: str) -> Iterator[Case]:
    """Everything that is wrong with a handler's input or key, one at a time."""

    def case(label: str, field: str, body: Any, key: str | None = None) -> Case:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Case(handler, fresh_key(handler) if key is None else key, raw, field, label)

    for label, raw in NO_OBJECT.items():
        yield case(label, "request", raw)
    yield case("a field nobody knows", "surprise", good(handler, surprise=CANARY))
    yield case("a field whose name might be a value", "request", good(handler, **{CANARY: 1}))
    if PUBLIC[handler]:
        yield case("empty", "request", b"")
        yield case("null", "request", None)
    for name, kind in PUBLIC[handler].items():
        field, bad = name.rstrip("?"), kind.bad
        if name.endswith("?"):
            bad = tuple(value for value in bad if value is not None)
        else:
            rest = {other: value for other, value in good(handler).items() if other != field}
            yield case(f"without {field}", field, rest)
        for value in bad:
            yield case(f"{field} = {value!r:.60}", field, good(handler, **{field: value}))
    service = handler.partition(".")[0]
    if service in KEY_NAMES:
        for key in BAD_KEYS + MORE_BAD_KEYS.get(service, []):
            yield case(f"key {key!r:.60}", KEY_NAMES[service], good(handler), key)


def trouble(response: httpx.Response, field: str) -> str | None:
    """What is wrong with the answer to bad input; None when it is the one the contract asks for."""
    said = f"HTTP {response.status_code} {response.text:.200}"
    if MARK in response.text or MARK in str(response.headers):
        return f"echoes the value: {said}"
    if response.status_code != httpx.codes.UNPROCESSABLE_ENTITY:
        return said
    if not re.fullmatch(rf"invalid: {field}(\.\w+)*: \S.*", message_of(response)):
        return f"does not name {field}: {said}"
    return None


def message_of(response: httpx.Response) -> str:
    return str(response.json()["message"])


def url_of(stack: Stack, handler: str, key: str) -> str:
    service, _, name = handler.partition(".")
    parts = [service, name] if service in ("RoleUpdate", "OrderWatch") else [service, key, name]
    return "/".join([stack.ingress.url, *(quote(part, safe="") for part in parts)])


async def ask(stack: Stack, handler: str, key: str, body: bytes) -> httpx.Response:
    """Calls a handler through the ingress. Raises httpx.TimeoutException when it does not answer."""
    url = url_of(stack, handler, key)
    headers = {"content-type": "application/json"} if body else {}
    return await stack.http.post(url, content=body, headers=headers, timeout=ANSWER_WITHIN_S)


async def call(stack: Stack, handler: str, key: str, body: Any = None) -> httpx.Response:
    """Like `ask`, with a body yet to be written."""
    return await ask(stack, handler, key, b"" if body is None else json.dumps(body).encode())


async def troubles(stack: Stack, handler: str) -> dict[str, str]:
    """What was answered wrongly, by case."""
    found: dict[str, str] = {}
    room = asyncio.Semaphore(AT_ONCE)

    async def check(case: Case) -> None:
        async with room:
            try:
                wrong = trouble(await ask(stack, case.handler, case.key, case.body), case.field)
            except httpx.TimeoutException:
                wrong = f"no answer within {ANSWER_WITHIN_S} s"
        if wrong:
            found[case.label] = wrong

    await asyncio.gather(*(check(case) for case in cases(handler)))
    return found


async def nothing_is_left(stack: Stack, within_s: float = 30) -> None:
    """Returns when every invocation has ended or waits for its time: none is tried again, paused or stuck."""

    async def all_ended() -> None:
        rows = await stack.journal.query(
            "select target, status, last_failure from sys_invocation where status not in ('completed', 'scheduled')"
        )
        if rows:
            raise NotYet(rows)

    await until(all_ended, "every invocation to end", within_s, every_s=0.05)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tools: Tools) -> AsyncIterator[Stack]:
    """The real system; who does not click within a second has not signed up."""
    async with stack_of(tools, StackSpec(settings=BookingSettings(signup_timeout_s=1))) as stack:
        opened = await call(stack, "Event.open", "on-sale", good("Event.open"))
        assert opened.is_success
        yield stack


@pytest.mark.parametrize("handler", PUBLIC)
async def test_bad_input_is_refused_at_once_and_good_input_is_not(stack: Stack, handler: str) -> None:
    assert await troubles(stack, handler) == {}
    taken = await call(stack, handler, fresh_key(handler), good(handler))
    assert taken.status_code < 500
    assert taken.status_code != httpx.codes.UNPROCESSABLE_ENTITY, taken.text
    await nothing_is_left(stack)


async def test_every_handler_that_the_app_offers_stands_in_these_tables(stack: Stack) -> None:
    asked = {"accept": "application/vnd.restate.endpointmanifest.v3+json"}
    offered = (await stack.http.get(f"{stack.links['endpoint'].url}/discover", headers=asked)).json()["services"]
    private = {
        f"{service['name']}.{handler['name']}": service.get("ingressPrivate") or handler.get("ingressPrivate")
        for service in offered
        for handler in service["handlers"]
    }
    assert {name for name in private if not private[name]} == PUBLIC.keys()
    assert {name for name in private if private[name]} == PRIVATE.keys()


@pytest.mark.parametrize("odd", ODD_NAMES)
async def test_a_name_of_any_text_is_taken_by_every_handler(stack: Stack, odd: str) -> None:
    name, order_id = f"{uuid.uuid4().hex[:8]}{odd}", str(uuid.uuid4())
    answers = {}
    for handler, fields in PUBLIC.items():
        named = {field.rstrip("?"): name for field, kind in fields.items() if kind in (NAME, SEAT)}
        if handler == "Event.open":
            named["seats"] = [name]
        if handler == "RoleUpdate.apply":
            named |= {"user_id": name, "permissions": [name]}
        key = {"Ticket": f"{name}:{name}", "Checkout": order_id}.get(handler.partition(".")[0], name)
        answers[handler] = (await call(stack, handler, key, good(handler, **named))).status_code
    refused = {"UserSession.checkout": 409, "Signup.run": 408, "Signup.click": 403}  # no cart, no click, no secret
    assert {handler: status for handler, status in answers.items() if status >= 300} == refused
    await nothing_is_left(stack)


@pytest.mark.parametrize(("handler", "others", "status", "code"), UNKNOWN)
async def test_what_nobody_knows_is_a_terminal_error(
    stack: Stack, handler: str, others: dict[str, Any], status: int, code: str
) -> None:
    response = await call(stack, handler, fresh_key(handler), good(handler, **others))
    assert response.status_code == status
    assert message_of(response).startswith(f"{code}: ")
    assert MARK not in response.text
    await nothing_is_left(stack)


@pytest.mark.parametrize("name", OF_NO_REQUEST)
async def test_what_is_no_request_is_refused_by_the_ingress(stack: Stack, name: str) -> None:
    path, content_type, body = OF_NO_REQUEST[name]
    headers = {"content-type": content_type} if content_type else {}
    response = await stack.http.post(f"{stack.ingress.url}/{path}", content=body, headers=headers)
    assert response.status_code in NEVER_RAN_STATUSES
    assert response.headers["x-restate-error-source"] == "ingress"
    assert MARK not in response.text


@pytest.mark.parametrize("handler", PRIVATE)
async def test_private_handlers_are_not_there(stack: Stack, handler: str) -> None:
    url = url_of(stack, handler, fresh_key(handler))
    for way in (url, f"{url}/send", f"{url}/send?delay=1s"):
        response = await stack.http.post(way, json=PRIVATE[handler])
        assert response.status_code == httpx.codes.BAD_REQUEST
        assert "not public" in response.text


async def test_no_public_read_and_no_refusal_gives_away_an_order_or_whose_it_is(stack: Stack) -> None:
    sold, held, event_id = str(uuid.uuid4()), str(uuid.uuid4()), str(uuid.uuid4())
    terms = good("Event.open", seats=["A1", "A2", "A3"])
    order = good("Checkout.run", event_id=event_id, user_id="user-of-the-order")
    reserve = good("Ticket.reserve", order_id=held, user_id="user-of-the-hold")
    assert (await call(stack, "Event.open", event_id, terms)).is_success
    assert (await call(stack, "Checkout.run", sold, order)).is_success
    assert (await call(stack, "Ticket.reserve", f"{event_id}:A2", reserve)).is_success
    await nothing_is_left(stack)
    seats: dict[str, Any] = {
        row.object_key: row.value async for row in stack.journal.state(f"service_key like '{event_id}:%'")
    }
    assert {seats[f"{event_id}:{seat}"]["order_id"] for seat in ("A1", "A2")} == {sold, held}

    other = good("Checkout.run", event_id=event_id)
    answers = [
        await call(stack, "Event.get", event_id),
        await call(stack, "SeatMap.get", event_id),
        *[await call(stack, "Ticket.get", f"{event_id}:{seat}") for seat in ("A1", "A2", "A3")],
        *[await call(stack, "Ticket.reserve", f"{event_id}:{seat}", good("Ticket.reserve")) for seat in ("A1", "A2")],
        *[await call(stack, "Ticket.release", f"{event_id}:{seat}", good("Ticket.release")) for seat in ("A1", "A2")],
        await call(stack, "Checkout.run", str(uuid.uuid4()), other),
        await call(stack, "Notifications.get", "somebody-else"),
        await call(stack, "UserSession.get", "somebody-else"),
    ]
    said = [answer.text + str(answer.headers) for answer in answers]
    for secret in (sold, held, "user-of-the-order", "user-of-the-hold"):
        assert [text for text in said if secret in text] == []
    # ... and what was asked in vain has changed nothing.
    view = (await call(stack, "SeatMap.get", event_id)).json()
    assert view["seats"] == {"A1": "SOLD", "A2": "RESERVED", "A3": "AVAILABLE"}


async def test_what_was_refused_stands_in_no_log_of_the_app(stack: Stack) -> None:
    await troubles(stack, "Checkout.run")
    logs = [path.read_text("utf-8") for name, path in (await stack.logs()).items() if name.startswith("endpoint")]
    assert any("on-sale: opened" in text for text in logs)
    assert [line for text in logs for line in text.splitlines() if MARK in line] == []


@pytest.mark.parametrize(
    ("status", "message", "found"),
    [
        (422, "invalid: seats.1: must not be blank", None),
        (422, "invalid: price_cents: must not be blank", "does not name seats"),
        (422, "invalid: seats: ", "does not name seats"),
        (422, f"invalid: seats: {CANARY} is too long", "echoes"),
        (500, "Unable to parse the input", "HTTP 500"),
        (200, "", "HTTP 200"),
        (409, "seat_sold: Ticket already sold", "HTTP 409"),
    ],
)
async def test_a_wrong_answer_is_noticed(status: int, message: str, found: str | None) -> None:
    wrong = trouble(httpx.Response(status, json={"message": message}), "seats")
    assert wrong is None if found is None else found in str(wrong)


async def test_an_invocation_that_is_tried_again_is_noticed(stack: Stack) -> None:
    rule = {"match": {"path": "/v1/users/name/role"}, "action": {"do": "respond", "status": 503}}
    rule_id = await stack.party("mailer").add_rule(rule)
    trying = asyncio.create_task(call(stack, "RoleUpdate.apply", "", good("RoleUpdate.apply")))
    try:
        await until(lambda: is_backing_off(stack), "a retry", 30)
        with pytest.raises(WaitTimedOut, match="RoleUpdate/apply"):
            await nothing_is_left(stack, within_s=1)
    finally:
        await stack.party("mailer").remove_rule(rule_id)
    assert (await trying).is_success
    await nothing_is_left(stack)


async def is_backing_off(stack: Stack) -> None:
    rows = await stack.journal.query("select target from sys_invocation where status = 'backing-off'")
    if not rows:
        raise NotYet("none backs off")
