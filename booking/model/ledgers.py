"""What an app may ask third parties for: under which key, for how much, and what a message is about."""

from __future__ import annotations

import hashlib
import re

from pydantic import JsonValue

from booking.model.checkout import SAGA
from booking.model.clause import Clause

CHARGE_KEY = Clause(SAGA, "The charge key is `charge:{order_id}`: the same on every retry and in every process")
REFUND_KEY = Clause(SAGA, "Refund key: `refund:{order_id}`")
VOID_KEY = Clause("Payment gateway", "`POST /v1/voids` `{idempotency_key}`")
PRICE = Clause("Event — object", '{seats: ["A1", …], price_cents, currency')
CALLS = Clause("Payment gateway", "`Idempotency-Key`, `{order_id, amount_cents, currency")
PLACED = Clause(SAGA, "Journal names that checkers may rely on, in `Checkout.run`: the runs `charge`, `void`, `refund`")
NEVER_VOIDED = Clause(SAGA, "a void is allowed only for an order that was never CONFIRMED")
ADDS_UP = Clause(SAGA, "Never charged without a seat, never a seat without a charge")
MAIL_RUN = Clause(SAGA, "in `Notifications.notify` the run `mail`")
MAIL_KEY = Clause("Notifications — object", "mail key `notification:{notification_id}`")
SIGNUP_KEY = Clause("Signup — workflow", "mail key `signup:{user_id}`")
MAIL_TO = Clause("Notifications — object", "to = user_id")
ONE_EACH = Clause("Notifications — object", "A confirmed order sends one")
NONE_FAILED = Clause("Notifications — object", "A failed order sends none")
HASHED = Clause("Input, errors, identity", "`sha256:` and the SHA-256 of its UTF-8 in hex")
_HEADER = re.compile(r"[!-~]([ -~]*[!-~])?")


def as_sent(key: str) -> str:
    """A key as it arrives: itself, or where a header cannot carry it its SHA-256."""
    if _HEADER.fullmatch(key):
        return key
    return f"sha256:{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()}"


def charge_key(order_id: str) -> str:
    return as_sent(f"charge:{order_id}")


def refund_key(order_id: str) -> str:
    return as_sent(f"refund:{order_id}")


def void_keys(order_id: str) -> set[str]:
    """What a void may name: the charge's key; in a body it need not be what a header can carry."""
    return {f"charge:{order_id}", charge_key(order_id)}


def notification_key(notification_id: str) -> str:
    return as_sent(f"notification:{notification_id}")


def signup_key(user_id: str) -> str:
    return as_sent(f"signup:{user_id}")


def is_price(amount: JsonValue, currency: JsonValue, price: tuple[JsonValue, JsonValue]) -> bool:
    """Whether money is the event's price; a ledger without currencies is compared by amount alone."""
    return amount == price[0] and (currency is None or currency == price[1])
