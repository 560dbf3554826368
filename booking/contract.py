"""What the suite relies on in any app under test (docs/contract.md): handlers, codes, HTTP statuses, target names."""

from __future__ import annotations

import re

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

# Ends for when something does not work. The other refusals are what a healthy system says.
OUT_OF_ORDER = frozenset({"unpaid", "refunded", "gateway_refused"})
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


CONTRACT_SERVICES = frozenset(
    {"Event", "Ticket", "SeatMap", "Checkout", "UserSession", "Notifications", "Signup", "RoleUpdate"}
)
# Scheduled for later is at rest (hold expiry, idle sessions), but no step of a saga may be put off.
SAGA_STEPS = frozenset(
    {
        ("Checkout", "run"),
        ("Ticket", "reserve"),
        ("Ticket", "confirm"),
        ("Ticket", "release"),
        ("Ticket", "reset"),
        ("SeatMap", "set"),
        ("Notifications", "notify"),
    }
)
