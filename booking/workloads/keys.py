"""Keys and inputs that workloads share: ids drawn from the seed, one event, its seats."""

from __future__ import annotations

from random import Random
from typing import Literal
from uuid import UUID

from pydantic import JsonValue

from chaos.plan.workload import Awaits, Call

DECLINED_TOKEN = "tok_decline_"  # noqa: S105 - the contract's prefix for cards the gateway declines
GOOD_TOKEN = "tok_ok_"  # noqa: S105 - not a secret, a prefix


def order_id(random: Random) -> str:
    """A version 4 UUID from the seed."""
    return str(UUID(int=random.getrandbits(128), version=4))


def seat_ids(count: int) -> list[str]:
    """A1 … A20, B1 … B20 …: rows of twenty."""
    return [f"{_row(number // 20)}{number % 20 + 1}" for number in range(count)]


def _row(number: int) -> str:
    letters = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def checkout(
    random: Random,
    number: int,
    user_id: str,
    event_id: str,
    seat_id: str,
    *,
    payment: Literal["direct", "webhook"] = "direct",
    declined: bool = False,
    after: int | None = None,
    awaits: Awaits | None = None,
) -> Call:
    """The call that books a seat, with its own order id and payment token."""
    order = order_id(random)
    token = (DECLINED_TOKEN if declined else GOOD_TOKEN) + order.replace("-", "")
    body = {"user_id": user_id, "event_id": event_id, "seat_id": seat_id, "payment_token": token, "payment": payment}
    return Call(number=number, service="Checkout", key=order, handler="run", input=body, after=after, awaits=awaits)


def session_call(
    number: int,
    user_id: str,
    handler: str,
    body: JsonValue = None,
    *,
    after: int | None = None,
    awaits: Awaits | None = None,
) -> Call:
    """A call to a user's session."""
    return Call(
        number=number, service="UserSession", key=user_id, handler=handler, input=body, after=after, awaits=awaits
    )


def open_event(
    event_id: str, seats: list[str], price_cents: int, hold_ms: int | None, *, auto_reset: bool = False
) -> Call:
    """The call that opens the load's event; numbered below zero, since it is not part of the load."""
    body: dict[str, JsonValue] = {"seats": list(seats), "price_cents": price_cents, "currency": "EUR"}
    if hold_ms is not None:
        body["hold_ms"] = hold_ms
    if auto_reset:
        body["auto_reset"] = True
    return Call(number=-1, service="Event", key=event_id, handler="open", input=body)
