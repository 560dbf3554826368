"""What the suite relies on of any app under test (docs/contract.md): handlers, codes, HTTP statuses, target names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

HANDLERS = {
    "Event": {"open", "get", "reset"},
    "Ticket": {"reserve", "confirm", "release", "get"},
    "SeatMap": {"get"},
    "Checkout": {"run", "status", "payment_result", "cancel"},
    "UserSession": {"add_to_cart", "remove_from_cart", "checkout", "get", "clear"},
    "Notifications": {"notify", "mark_read", "get"},
    "Signup": {"run", "click", "status"},
    "RoleUpdate": {"apply"},
}
SHARED_HANDLERS = frozenset(
    {
        ("Event", "get"),
        ("Ticket", "get"),
        ("SeatMap", "get"),
        ("Checkout", "status"),
        ("Checkout", "payment_result"),
        ("Checkout", "cancel"),
        ("UserSession", "get"),
        ("Notifications", "get"),
        ("Signup", "click"),
        ("Signup", "status"),
    }
)
WORKFLOWS = frozenset({"Checkout", "Signup"})  # they take no idempotency keys

REFUSED_CODES = frozenset({"seat_sold", "seat_reserved"})
HTTP_STATUS = {
    "already_open": 409,
    "cancelled": 410,
    "declined": 402,
    "empty_cart": 409,
    "gateway_refused": 502,
    "invalid": 422,
    "not_held": 409,
    "not_verified": 408,
    "order_settled": 409,
    "refunded": 424,
    "seat_reserved": 409,
    "seat_sold": 409,
    "unknown_event": 404,
    "unknown_order": 404,
    "unknown_seat": 404,
    "unpaid": 408,
    "wrong_secret": 403,
}
ERROR_CODES = frozenset(HTTP_STATUS)
_CODE = re.compile(r"^([a-z_]+): ")


def error_code(message: str) -> str | None:
    """The contract's code that a terminal error's message begins with, or None."""
    match = _CODE.match(message)
    return match.group(1) if match and match.group(1) in ERROR_CODES else None


def missing_handlers(services: Sequence[dict[str, Any]]) -> list[str]:
    """The handlers of the contract that a discovered app does not have, as "Service.handler"."""
    offered = {service["name"]: {handler["name"] for handler in service["handlers"]} for service in services}
    return sorted(
        f"{service}.{handler}"
        for service, handlers in HANDLERS.items()
        for handler in handlers - offered.get(service, set())
    )
