"""UserSession: what its calls do to a cart and to the orders, and what they may answer.

How an app keeps a session is its own affair. Left open: whether a seat can be in a cart twice, the order of what is
listed, handlers of an app's own and when they run, which includes the timer that clears an idle session.
"""

from __future__ import annotations

from pydantic import JsonValue

from booking.model.calls import Answer, Breach, Call
from booking.model.clause import Clause

SESSION = "UserSession — object"
CHANGES = Clause(SESSION, "`add_to_cart` X and `remove_from_cart` X `{event_id, seat_id}`")
ORDERS = Clause(SESSION, "`checkout` X `{payment_token, payment?}` → `{order_ids}`")
EMPTY = Clause(SESSION, "409 `empty_cart`")
TOLD = Clause(SESSION, "`order_ended` X private `{order_id, status}`")
SHOWS = Clause(SESSION, "`get` S → `{cart: [{event_id, seat_id}], current_orders: [order_id], past_orders:")
CLEARS = Clause(SESSION, "`clear` X removes all state")
ENDINGS = {"confirmed": "CONFIRMED", "failed": "FAILED"}
MOST_SEATS = 1_000


def place_in(body: JsonValue) -> str | None:
    """The seat that a body names, as "event_id:seat_id"."""
    event_id, seat_id = (body.get("event_id"), body.get("seat_id")) if isinstance(body, dict) else (None, None)
    return f"{event_id}:{seat_id}" if isinstance(event_id, str) and isinstance(seat_id, str) else None


def puts_in(call: Call) -> str | None:
    """The seat that a call puts into the cart."""
    return place_in(call.input) if call.handler == "add_to_cart" else None


def takes_out(call: Call) -> str | None:
    """The one seat that a call takes out of the cart."""
    return place_in(call.input) if call.handler == "remove_from_cart" else None


def broken(call: Call, answer: Answer, least: int, most: int) -> Breach | None:
    """The clause that an answer breaks when the cart held at least, and at most, so many seats."""
    if call.handler == "checkout":
        return _checked_out(answer, least, most)
    fits = call.handler == "remove_from_cart" or most < MOST_SEATS  # one more is no more than a cart holds
    if call.handler in ("add_to_cart", "remove_from_cart") and answer.kind == "refused":
        return Breach(CHANGES, "ok") if fits and call.is_plain("event_id", "seat_id") else None
    return Breach(CLEARS, "ok") if call.handler == "clear" and (answer.kind, answer.code) == ("refused", None) else None


def _checked_out(answer: Answer, least: int, most: int) -> Breach | None:
    if answer.code == "empty_cart":
        return Breach(ORDERS, f"{least} orders") if least else None
    if answer.kind != "ok":
        return None
    orders = order_ids(answer.value)
    if not orders:
        return Breach(EMPTY, "empty_cart, or an order for each seat")
    if len(set(orders)) < len(orders) or not least <= len(orders) <= most:
        return Breach(ORDERS, f"{least}{f' to {most}' if most > least else ''} orders, each with an id of its own")
    return None


def order_ids(value: JsonValue) -> list[str]:
    """The orders that a checkout answered."""
    listed = value.get("order_ids") if isinstance(value, dict) else None
    return [str(each) for each in listed] if isinstance(listed, list) else []


def cart(view: JsonValue) -> list[str] | None:
    """The seats in the cart that a look shows; None if it shows none of the contract's form."""
    listed = view.get("cart") if isinstance(view, dict) else None
    places = [place_in(each) for each in listed] if isinstance(listed, list) else [None]
    known = [place for place in places if place is not None]
    return known if len(known) == len(places) else None


def orders_shown(view: JsonValue) -> tuple[list[str], dict[str, JsonValue]]:
    """The current orders that a look shows, and the past ones with how each ended."""
    current, past = (view.get("current_orders"), view.get("past_orders")) if isinstance(view, dict) else (None, None)
    rows = [row for row in past if isinstance(row, dict)] if isinstance(past, list) else []
    return (
        [str(each) for each in current] if isinstance(current, list) else [],
        {str(row.get("order_id")): row.get("status") for row in rows},
    )
