"""Carts and orders of sessions that are not as their users left them."""

from __future__ import annotations

import copy

from tests.mutations.calls import client, forget, told
from tests.mutations.draft import Draft, Row
from tests.mutations.inboxes import last_reads, state
from tests.mutations.operators import Kind
from tests.mutations.tickets import found_at_last

SESSIONS = Kind("sessions")


def checkout(draft: Draft) -> Row:
    """The invocation by which a user ordered a cart."""
    return draft.pick(draft.invocations("UserSession", "checkout"))


def answers(draft: Draft, invocation: Row) -> list[Row]:
    """What it answered, to the client and in the journal."""
    target = f"{invocation['service']}/{invocation['key']}/{invocation['handler']}"
    outputs = [row["output"] for row in draft.events(target, "ok")]
    return [*outputs, draft.entry(invocation, "Output")["value"]]


@SESSIONS.broken
def checkout_leaves_an_order_out(draft: Draft) -> None:
    """A checkout answers one order less than it placed."""
    for each in answers(draft, checkout(draft)):
        each["order_ids"].pop()


@SESSIONS.broken
def checkout_answers_an_order_too_many(draft: Draft) -> None:
    """A checkout answers an order that it never placed."""
    order = draft.uuid()
    for each in answers(draft, checkout(draft)):
        each["order_ids"].append(order)


@SESSIONS.broken
def checkout_answers_an_order_twice(draft: Draft) -> None:
    """A checkout answers the same order twice."""
    for each in answers(draft, checkout(draft)):
        each["order_ids"][-1] = each["order_ids"][0]


@SESSIONS.broken
def checkout_orders_another_seat(draft: Draft) -> None:
    """A checkout orders a seat that was not in the cart, and that is what is sold."""
    user = checkout(draft)["key"]
    added = draft.pick(draft.events(f"UserSession/{user}/add_to_cart", "invoke"))
    mine = draft.invocations("UserSession", "add_to_cart", user)
    seat = added["input"]["seat_id"]
    added["input"]["seat_id"] = "Q7"
    for row in mine:
        value = draft.entry(row, "Input")["value"]
        value["seat_id"] = "Q7" if value["seat_id"] == seat else value["seat_id"]
    for call in draft.decisions["load"]["operations"]:
        if call["number"] == added["operation"]:
            call["input"]["seat_id"] = "Q7"


@SESSIONS.broken
def checkout_orders_for_another_user(draft: Draft) -> None:
    """A checkout places its orders in the name of somebody else."""
    user = checkout(draft)["key"]
    runs = [
        row for row in draft.invocations("Checkout", "run") if draft.entry(row, "Input")["value"]["user_id"] == user
    ]
    for row in draft.pick([runs] if runs else []):
        draft.entry(row, "Input")["value"]["user_id"] = "somebody-else"


@SESSIONS.broken
def empty_cart_is_ordered(draft: Draft) -> None:
    """A user orders an empty cart, and is told of no orders instead of `empty_cart`."""
    user, _ = last_reads(draft, "UserSession")
    asked = {"payment_token": "hmac:0123456789ab"}
    found = copy.deepcopy(state(draft, "UserSession", user))
    client(draft, "UserSession", user, "checkout", input=asked, output={"order_ids": []}, state="session", found=found)


@SESSIONS.broken
def full_cart_is_empty(draft: Draft) -> None:
    """A user who put seats into the cart orders it, and is told that it is empty."""
    user, _ = last_reads(draft, "UserSession")
    event, seat = draft.event_ids[0], draft.seats[0].rpartition(":")[2]
    found = copy.deepcopy(state(draft, "UserSession", user))
    left = found | {"cart": [*found["cart"], {"event_id": event, "seat_id": seat}]}
    client(
        draft,
        "UserSession",
        user,
        "add_to_cart",
        input={"event_id": event, "seat_id": seat},
        state="session",
        found=found,
        left=left,
    )
    state(draft, "UserSession", user).update(copy.deepcopy(left))
    found_at_last(draft, "UserSession", user)
    for each in last_reads(draft, "UserSession")[1]:
        each["cart"] = copy.deepcopy(left["cart"])
    why = (409, "empty_cart: there is nothing in the cart")
    asked = {"payment_token": "hmac:0123456789ab"}
    client(draft, "UserSession", user, "checkout", input=asked, failure=why, state="session", found=left)


@SESSIONS.broken
def session_still_has_the_cart(draft: Draft) -> None:
    """The cart still holds at the end what was ordered."""
    seat = a_seat(draft)
    for each in last_reads(draft, "UserSession")[1]:
        each["cart"] = [seat]


def a_seat(draft: Draft) -> Row:
    """A seat, as carts have it."""
    event, _, seat_id = draft.pick(draft.seats).rpartition(":")
    return {"event_id": event, "seat_id": seat_id}


@SESSIONS.broken
def session_forgets_an_order(draft: Draft) -> None:
    """An order of the session is neither current nor past at the end."""
    for each in last_reads(draft, "UserSession")[1]:
        draft.pick([each["past_orders"]]).pop()


@SESSIONS.broken
def session_has_an_order_of_another(draft: Draft) -> None:
    """A session lists an order at the end that another user placed."""
    user, reads = last_reads(draft, "UserSession")
    order = draft.pick(order for order in draft.orders() if draft.input(order)["user_id"] != user)
    for each in reads:
        each["past_orders"].append({"order_id": order, "status": "CONFIRMED"})


@SESSIONS.broken
def session_says_another_end(draft: Draft) -> None:
    """A session says at the end that a confirmed order failed."""
    for each in last_reads(draft, "UserSession")[1]:
        draft.pick([each["past_orders"]])[-1]["status"] = "FAILED"


@SESSIONS.broken
def session_is_told_another_end(draft: Draft) -> None:
    """A session is told that a confirmed order failed, and says so from then on."""
    user, _ = last_reads(draft, "UserSession")
    told_ = draft.pick(draft.invocations("UserSession", "order_ended", user))
    order = draft.entry(told_, "Input")["value"]["order_id"]
    for each in draft.dicts("journal", "state", "history", "views"):
        if each.keys() == {"order_id", "status"} and each["order_id"] == order:
            each["status"] = "FAILED"


@SESSIONS.broken
def session_keeps_an_order_current(draft: Draft) -> None:
    """An order that ended is still current at the end."""
    for each in last_reads(draft, "UserSession")[1]:
        each["current_orders"].append(draft.pick([each["past_orders"]]).pop()["order_id"])


@SESSIONS.broken
def session_never_hears(draft: Draft) -> None:
    """A session is never told that an order ended, which stays current."""
    user, reads = last_reads(draft, "UserSession")
    ended = draft.invocations("UserSession", "order_ended", user)
    last = draft.pick(row for row in ended if not _found_by_others(draft, row, ended))
    order = draft.entry(last, "Input")["value"]["order_id"]
    found = draft.entry(last, "GetEagerState")["value"]
    forget(draft, last)
    state(draft, "UserSession", user).update(copy.deepcopy(found))
    for each in (*reads, *(row["output"] for row in draft.events(f"UserSession/{user}/get", "ok"))):
        if order in str(each["past_orders"]):
            each["past_orders"] = [past for past in each["past_orders"] if past["order_id"] != order]
            each["current_orders"].append(order)


def _found_by_others(draft: Draft, row: Row, ended: list[Row]) -> bool:
    left = [entry["value"] for entry in draft.entries(row) if entry["type"] == "SetState"]
    found = [draft.entry(other, "GetEagerState").get("value") for other in ended if other is not row]
    return bool(left) and left[0] in found


@SESSIONS.broken
def cart_lost_a_seat(draft: Draft) -> None:
    """A seat that was put into the cart is not there at the end; nobody took it out."""
    user, reads = last_reads(draft, "UserSession")
    event, seat = draft.event_ids[0], draft.seats[0].rpartition(":")[2]
    found = copy.deepcopy(state(draft, "UserSession", user))
    client(
        draft,
        "UserSession",
        user,
        "add_to_cart",
        input={"event_id": event, "seat_id": seat},
        state="session",
        found=found,
    )
    del reads


@SESSIONS.broken
def cart_of_another(draft: Draft) -> None:
    """A user who never put anything into a cart looks, and sees a seat."""
    seat = a_seat(draft)
    client(draft, "UserSession", "user-late", "get", output={"cart": [seat], "current_orders": [], "past_orders": []})


@SESSIONS.broken
def look_shows_an_order_too_early(draft: Draft) -> None:
    """A user looks before the checkout, and sees an order that it placed only afterwards."""
    asked = checkout(draft)
    user = asked["key"]
    order = draft.entry(asked, "Output")["value"]["order_ids"][0]
    first = draft.events(f"UserSession/{user}/add_to_cart", "invoke")[0]
    number = told(
        draft, "UserSession", user, "get", output={"cart": [], "current_orders": [order], "past_orders": []}, process=77
    )
    mine = [row for row in draft["history"] if row["operation"] == number]
    rest = [row for row in draft["history"] if row["operation"] != number]
    draft["history"] = [*mine, *rest]
    for seq, row in enumerate(draft["history"], 1):
        row["seq"] = seq
    for row in mine:
        row["at_ms"] = first["at_ms"] - 10
