"""The terminal errors of the booking system: `code: sentence`, each code with its HTTP status."""

from __future__ import annotations

from restate import TerminalError

STATUS = {
    "already_open": 409,
    "unknown_event": 404,
    "unknown_seat": 404,
    "unknown_order": 404,
    "unknown_signup": 404,
    "seat_sold": 409,
    "seat_reserved": 409,
    "not_held": 409,
    "order_settled": 409,
    "declined": 402,
    "unpaid": 408,
    "cancelled": 410,
    "refunded": 424,
    "gateway_refused": 502,
    "empty_cart": 409,
    "not_verified": 408,
    "wrong_secret": 403,
    "invalid": 422,
}


def refuse(code: str, sentence: str) -> TerminalError:
    """The error that ends an invocation for good with one of the codes above."""
    return TerminalError(f"{code}: {sentence}", STATUS[code])


def code_of(error: TerminalError) -> str:
    """The code a terminal error begins with; of one that is not ours, e.g. of a cancelled invocation, its beginning."""
    return error.message.partition(":")[0].strip()
