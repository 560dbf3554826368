"""What the suite relies on of any app under test (docs/contract.md): handlers, error codes, target names."""

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
ERROR_CODES = REFUSED_CODES | {
    "already_open",
    "cancelled",
    "declined",
    "empty_cart",
    "gateway_refused",
    "invalid",
    "not_held",
    "not_verified",
    "order_settled",
    "refunded",
    "unknown_event",
    "unknown_order",
    "unknown_seat",
    "unpaid",
    "wrong_secret",
}
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
