"""Inboxes, sessions, signups, roles and secrets that are not as their users left them."""

from __future__ import annotations

import copy
from typing import Any

from tests.mutations.calls import client, forget, told
from tests.mutations.draft import Draft, Row
from tests.mutations.operators import Kind
from tests.mutations.tickets import final_reads

PEOPLE = Kind("people")


def last_reads(draft: Draft, service: str) -> tuple[str, list[Row]]:
    """A user whose inbox or session was read at the end, and what was answered, also in the journal of that read."""
    target = draft.pick(target for target in draft.views if target.startswith(f"{service}/"))
    user = target.split("/")[1]
    outputs = [draft.entry(read, "Output")["value"] for read in final_reads(draft, service, user)]
    return user, [draft.views[target], *(each for each in outputs if isinstance(each, dict))]


def state(draft: Draft, service: str, user: str) -> Row:
    row: Row = draft.pick(row for row in draft["state"] if (row["service"], row["object_key"]) == (service, user))
    value: Row = row["value"]
    return value


# --- inboxes ---------------------------------------------------------------------------------------------------------


@PEOPLE.broken
def inbox_lost_an_item(draft: Draft) -> None:
    """An inbox lists one booking less at the end; its state has it."""
    _, reads = last_reads(draft, "Notifications")
    for each in reads:
        each["unread"] -= not each["items"].pop()["read"]


@PEOPLE.broken
def inbox_state_lost_an_item(draft: Draft) -> None:
    """An inbox, and its state at the end, has one booking less than the last write."""
    user, reads = last_reads(draft, "Notifications")
    state(draft, "Notifications", user)["items"].pop()
    for each in reads:
        each["unread"] -= not each["items"].pop()["read"]


@PEOPLE.broken
def inbox_lists_twice(draft: Draft) -> None:
    """An inbox lists one booking twice at the end."""
    _, reads = last_reads(draft, "Notifications")
    for each in reads:
        each["items"].append(dict(each["items"][-1]))
        each["unread"] += not each["items"][-1]["read"]


@PEOPLE.broken
def inbox_lists_what_nobody_sent(draft: Draft) -> None:
    """An inbox lists a notification at the end that was never sent."""
    _, reads = last_reads(draft, "Notifications")
    order = draft.uuid()
    for each in reads:
        each["items"].append({"notification_id": order, "kind": "booking_confirmed", "order_id": order, "read": False})
        each["unread"] += 1


def listed(name: str, value: Any) -> Any:
    def lie(draft: Draft) -> None:
        for each in last_reads(draft, "Notifications")[1]:
            each["items"][-1][name] = value

    lie.__name__ = f"inbox_lists_another_{name}"
    lie.__doc__ = f"An inbox lists a booking with another {name} at the end."
    return lie


for _name in ("notification_id", "order_id", "kind"):
    PEOPLE.broken(listed(_name, "somebody-else"))


@PEOPLE.broken
def inbox_counts_wrong(draft: Draft) -> None:
    """An inbox says that more are unread than are."""
    for each in last_reads(draft, "Notifications")[1]:
        each["unread"] += 1


@PEOPLE.broken
def read_by_nobody(draft: Draft) -> None:
    """An inbox says at the end that a booking was read which nobody marked."""
    for each in last_reads(draft, "Notifications")[1]:
        item = draft.pick([item for item in each["items"] if not item["read"]][:1])
        item["read"] = True
        each["unread"] -= 1


@PEOPLE.broken
def marked_and_unread(draft: Draft) -> None:
    """An inbox says at the end that a booking is unread which was marked as read, answered so and written so."""
    for each in last_reads(draft, "Notifications")[1]:
        item = draft.pick([item for item in each["items"] if item["read"]][:1])
        item["read"] = False
        each["unread"] += 1


@PEOPLE.broken
def mark_writes_nothing(draft: Draft) -> None:
    """Marking is answered, and nothing is written; the inbox says unread from then on."""
    user, reads = last_reads(draft, "Notifications")
    marked = [row for row in draft.invocations("Notifications", "mark_read", user)]
    written = draft.pick(
        row for mark in marked for row in draft.entries(mark) if row["type"] == "SetState"
    )
    draft.cut_entries(lambda row: row is written)
    values = [row["value"] for row in draft["journal"] if row.get("state_key") == "inbox" and "value" in row]
    for each in (*values, state(draft, "Notifications", user), *reads):
        for item in each["items"]:
            each["unread"] = each.get("unread", 0) + item["read"]
            item["read"] = False
    for each in (*values, state(draft, "Notifications", user)):
        del each["unread"]


@PEOPLE.broken
def mark_marks_another(draft: Draft) -> None:
    """Marking one marks the other, in state, journal and view."""
    user, reads = last_reads(draft, "Notifications")
    values = [row["value"] for row in draft["journal"] if row.get("state_key") == "inbox" and "value" in row]
    for each in (*values, state(draft, "Notifications", user), *reads):
        if any(item["read"] for item in each["items"]):
            for item in each["items"]:
                item["read"] = not item["read"]


@PEOPLE.broken
def unread_again(draft: Draft) -> None:
    """A user looks twice, and what was read the first time is unread the second."""
    user, reads = last_reads(draft, "Notifications")
    seen = copy.deepcopy(reads[0])
    draft.pick(item for item in seen["items"] if item["read"])
    found = copy.deepcopy(state(draft, "Notifications", user))
    client(draft, "Notifications", user, "get", output=copy.deepcopy(seen), state="inbox", found=found)
    for item in seen["items"]:
        seen["unread"] += item["read"]
        item["read"] = False
    client(draft, "Notifications", user, "get", output=seen, state="inbox", found=found)


# --- sessions --------------------------------------------------------------------------------------------------------


def checkout(draft: Draft) -> Row:
    """The invocation by which a user ordered a cart."""
    return draft.pick(draft.invocations("UserSession", "checkout"))


def answers(draft: Draft, invocation: Row) -> list[Row]:
    """What it answered, to the client and in the journal."""
    target = f"{invocation['service']}/{invocation['key']}/{invocation['handler']}"
    outputs = [row["output"] for row in draft.events(target, "ok")]
    return [*outputs, draft.entry(invocation, "Output")["value"]]


@PEOPLE.broken
def checkout_leaves_an_order_out(draft: Draft) -> None:
    """A checkout answers one order less than it placed."""
    for each in answers(draft, checkout(draft)):
        each["order_ids"].pop()


@PEOPLE.broken
def checkout_answers_an_order_too_many(draft: Draft) -> None:
    """A checkout answers an order that it never placed."""
    order = draft.uuid()
    for each in answers(draft, checkout(draft)):
        each["order_ids"].append(order)


@PEOPLE.broken
def checkout_answers_an_order_twice(draft: Draft) -> None:
    """A checkout answers the same order twice."""
    for each in answers(draft, checkout(draft)):
        each["order_ids"][-1] = each["order_ids"][0]


@PEOPLE.broken
def checkout_orders_another_seat(draft: Draft) -> None:
    """A checkout orders a seat that was not in the cart, and that is what is sold."""
    user = checkout(draft)["key"]
    added = draft.pick(draft.events(f"UserSession/{user}/add_to_cart", "invoke"))
    mine = [row for row in draft.invocations("UserSession", "add_to_cart", user)]
    seat = added["input"]["seat_id"]
    added["input"]["seat_id"] = "Q7"
    for row in mine:
        value = draft.entry(row, "Input")["value"]
        value["seat_id"] = "Q7" if value["seat_id"] == seat else value["seat_id"]
    for call in draft.decisions["load"]["operations"]:
        if call["number"] == added["operation"]:
            call["input"]["seat_id"] = "Q7"


@PEOPLE.broken
def checkout_orders_for_another_user(draft: Draft) -> None:
    """A checkout places its orders in the name of somebody else."""
    user = checkout(draft)["key"]
    runs = [row for row in draft.invocations("Checkout", "run") if draft.entry(row, "Input")["value"]["user_id"] == user]
    for row in draft.pick([runs] if runs else []):
        draft.entry(row, "Input")["value"]["user_id"] = "somebody-else"


@PEOPLE.broken
def empty_cart_is_ordered(draft: Draft) -> None:
    """A user orders an empty cart, and is told of no orders instead of `empty_cart`."""
    user, _ = last_reads(draft, "UserSession")
    asked = {"payment_token": "hmac:0123456789ab"}
    found = copy.deepcopy(state(draft, "UserSession", user))
    client(draft, "UserSession", user, "checkout", input=asked, output={"order_ids": []}, state="session", found=found)


@PEOPLE.broken
def full_cart_is_empty(draft: Draft) -> None:
    """A user who put seats into the cart orders it, and is told that it is empty."""
    user, _ = last_reads(draft, "UserSession")
    event, seat = draft.meta["event_ids"][0], draft.meta["seats"][0].rpartition(":")[2]
    found = copy.deepcopy(state(draft, "UserSession", user))
    left = found | {"cart": [*found["cart"], {"event_id": event, "seat_id": seat}]}
    client(draft, "UserSession", user, "add_to_cart", input={"event_id": event, "seat_id": seat}, state="session", found=found, left=left)
    state(draft, "UserSession", user).update(copy.deepcopy(left))
    for each in last_reads(draft, "UserSession")[1]:
        each["cart"] = copy.deepcopy(left["cart"])
    why = (409, "empty_cart: there is nothing in the cart")
    asked = {"payment_token": "hmac:0123456789ab"}
    client(draft, "UserSession", user, "checkout", input=asked, failure=why, state="session", found=left)


@PEOPLE.broken
def session_still_has_the_cart(draft: Draft) -> None:
    """The cart still holds at the end what was ordered."""
    seat = a_seat(draft)
    for each in last_reads(draft, "UserSession")[1]:
        each["cart"] = [seat]


def a_seat(draft: Draft) -> Row:
    """A seat, as carts have it."""
    event, _, seat_id = draft.pick(draft.meta["seats"]).rpartition(":")
    return {"event_id": event, "seat_id": seat_id}


@PEOPLE.broken
def session_forgets_an_order(draft: Draft) -> None:
    """An order of the session is neither current nor past at the end."""
    for each in last_reads(draft, "UserSession")[1]:
        draft.pick([each["past_orders"]]).pop()


@PEOPLE.broken
def session_has_an_order_of_another(draft: Draft) -> None:
    """A session lists an order at the end that another user placed."""
    user, reads = last_reads(draft, "UserSession")
    order = draft.pick(order for order in draft.orders() if draft.input(order)["user_id"] != user)
    for each in reads:
        each["past_orders"].append({"order_id": order, "status": "CONFIRMED"})


@PEOPLE.broken
def session_says_another_end(draft: Draft) -> None:
    """A session says at the end that a confirmed order failed."""
    for each in last_reads(draft, "UserSession")[1]:
        draft.pick([each["past_orders"]])[-1]["status"] = "FAILED"


@PEOPLE.broken
def session_is_told_another_end(draft: Draft) -> None:
    """A session is told that a confirmed order failed, and says so from then on."""
    user, _ = last_reads(draft, "UserSession")
    told_ = draft.pick(draft.invocations("UserSession", "order_ended", user))
    order = draft.entry(told_, "Input")["value"]["order_id"]
    for each in draft.dicts("journal", "state", "history", "views"):
        if each.keys() == {"order_id", "status"} and each["order_id"] == order:
            each["status"] = "FAILED"


@PEOPLE.broken
def session_keeps_an_order_current(draft: Draft) -> None:
    """An order that ended is still current at the end."""
    for each in last_reads(draft, "UserSession")[1]:
        each["current_orders"].append(draft.pick([each["past_orders"]]).pop()["order_id"])


@PEOPLE.broken
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


@PEOPLE.broken
def cart_lost_a_seat(draft: Draft) -> None:
    """A seat that was put into the cart is not there at the end; nobody took it out."""
    user, reads = last_reads(draft, "UserSession")
    event, seat = draft.meta["event_ids"][0], draft.meta["seats"][0].rpartition(":")[2]
    found = copy.deepcopy(state(draft, "UserSession", user))
    client(draft, "UserSession", user, "add_to_cart", input={"event_id": event, "seat_id": seat}, state="session", found=found)
    del reads


@PEOPLE.broken
def cart_of_another(draft: Draft) -> None:
    """A user who never put anything into a cart looks, and sees a seat."""
    seat = a_seat(draft)
    client(draft, "UserSession", "user-late", "get", output={"cart": [seat], "current_orders": [], "past_orders": []})


@PEOPLE.broken
def look_shows_an_order_too_early(draft: Draft) -> None:
    """A user looks before the checkout, and sees an order that it placed only afterwards."""
    asked = checkout(draft)
    user = asked["key"]
    order = draft.entry(asked, "Output")["value"]["order_ids"][0]
    first = draft.events(f"UserSession/{user}/add_to_cart", "invoke")[0]
    number = told(draft, "UserSession", user, "get", output={"cart": [], "current_orders": [order], "past_orders": []}, process=77)
    mine = [row for row in draft["history"] if row["operation"] == number]
    rest = [row for row in draft["history"] if row["operation"] != number]
    draft["history"] = [*mine, *rest]
    for seq, row in enumerate(draft["history"], 1):
        row["seq"] = seq
    for row in mine:
        row["at_ms"] = first["at_ms"] - 10


# --- signups ---------------------------------------------------------------------------------------------------------


def signup(draft: Draft) -> Row:
    return draft.pick(draft.invocations("Signup", "run"))


@PEOPLE.broken
def guess_accepted(draft: Draft) -> None:
    """A secret that was guessed is accepted, in answer and journal."""
    row = draft.pick(row for row in draft["history"] if row.get("code") == "wrong_secret")
    for name in ("code", "message"):
        row.pop(name)
    row |= {"type": "ok", "status": 200}
    failed = [each for each in draft.invocations("Signup", "click", row["target"].split("/")[1]) if "failure" in each]
    for each in failed:
        each.pop("failure")
        each["result"] = "success"
        draft.entry(each, "Output").pop("failure")


@PEOPLE.broken
def verified_without_a_click(draft: Draft) -> None:
    """A signup is verified, and the only click that was accepted never was."""
    user = signup(draft)["key"]
    clicks = [row for row in draft.events(f"Signup/{user}/click", "ok")]
    numbers = {row["operation"] for row in draft.pick([clicks] if clicks else [])}
    draft.drop("history", lambda row: row["operation"] in numbers)
    for seq, row in enumerate(draft["history"], 1):
        row["seq"] = seq
    gone = [row for row in draft.invocations("Signup", "click", user) if row.get("result") == "success"]
    for row in gone:
        forget(draft, row)
    kept = [call for call in draft.decisions["load"]["operations"] if call["number"] not in numbers]
    draft.decisions["load"]["operations"] = kept


@PEOPLE.broken
def clicked_and_not_verified(draft: Draft) -> None:
    """The right secret is accepted, and the signup ends not verified."""
    run = signup(draft)
    why = (408, "not_verified: the secret did not come back in time")
    run |= {"result": "failure", "failure": f"[{why[0]}] {why[1]}"}
    output = draft.entry(run, "Output")
    output.pop("value")
    output["failure"] = {"code": why[0], "message": why[1]}
    for row in draft.events(f"Signup/{run['key']}/run", "ok"):
        row.pop("output")
        row |= {"type": "fail", "status": why[0], "code": "not_verified", "message": why[1]}
    for each in draft.dicts("journal", "state"):
        if each.get("stage") == "VERIFIED":
            each["stage"] = "NOT_VERIFIED"


@PEOPLE.broken
def right_secret_refused(draft: Draft) -> None:
    """The secret that was mailed is refused as wrong; the user's signup is verified by it later."""
    user = signup(draft)["key"]
    client(draft, "Signup", user, "click", input={}, failure=(403, "wrong_secret: this is not the secret that was mailed"))


@PEOPLE.broken
def signup_of_another_user(draft: Draft) -> None:
    """A signup answers that somebody else is verified."""
    run = signup(draft)
    for each in answers(draft, run):
        each["user_id"] = "somebody-else"


@PEOPLE.broken
def signup_answers_not_verified(draft: Draft) -> None:
    """A signup ends well and answers `verified: false`."""
    for each in answers(draft, signup(draft)):
        each["verified"] = False


@PEOPLE.broken
def signup_status_says_verified_of_nobody(draft: Draft) -> None:
    """The status of a signup that nobody began says that it is verified."""
    client(draft, "Signup", "user-late", "status", output={"stage": "VERIFIED", "verified": True})


@PEOPLE.broken
def signup_status_says_not_verified(draft: Draft) -> None:
    """The status of a verified signup says that it is not."""
    client(draft, "Signup", signup(draft)["key"], "status", output={"stage": "WAITING", "verified": False})


def letter(draft: Draft) -> Row:
    """The mail with a secret, as it took effect."""
    return draft.pick(row for row in draft["mailer"] if row.get("effect") == "message" and row["key"].startswith("signup:"))


@PEOPLE.broken
def secret_mailed_twice(draft: Draft) -> None:
    """A signup's mail goes out twice under its key."""
    draft.attempt("mailer", letter(draft), message_id="msg_0000000000000000", number=9)


@PEOPLE.broken
def secret_mailed_twice_under_another_key(draft: Draft) -> None:
    """A signup's mail goes out twice, the second under a key of its own."""
    draft.attempt("mailer", letter(draft), key=draft.fresh("k:"), message_id="msg_0000000000000000")


@PEOPLE.broken
def secret_mailed_to_another(draft: Draft) -> None:
    """A signup's mail goes to another address than was given."""
    letter(draft)["to"] = "somebody-else@example.org"


@PEOPLE.broken
def secret_key_of_its_own_making(draft: Draft) -> None:
    """A signup's mail has a key that does not follow the contract's rule."""
    draft.replace(letter(draft)["key"], draft.fresh("mail-"), "mailer")


@PEOPLE.broken
def secret_never_mailed(draft: Draft) -> None:
    """A signup is verified, and no mail was ever asked for."""
    key = letter(draft)["key"]
    draft["mailer"] = [row for row in draft["mailer"] if row.get("key") != key]
    draft.renumber("mailer")


# --- roles -----------------------------------------------------------------------------------------------------------


def put_in(draft: Draft, step: str) -> Row:
    """The row by which a step of an update took effect."""
    return draft.pick(row for row in draft["mailer"] if row.get("effect") == step)


@PEOPLE.broken
def role_of_another_name(draft: Draft) -> None:
    """The directory has another role than was asked for."""
    put_in(draft, "role")["detail"] = "janitor"


@PEOPLE.broken
def role_of_another_user(draft: Draft) -> None:
    """The role goes to somebody else."""
    row = put_in(draft, "role")
    for each in draft["mailer"]:
        if each["attempt"] == row["attempt"]:
            each["path"] = "/v1/users/somebody-else/role"
    row["to"] = "somebody-else"


def step_left_out(step: str) -> Any:
    def lie(draft: Draft) -> None:
        user = put_in(draft, step)["to"]
        draft["mailer"] = [row for row in draft["mailer"] if row["path"] != f"/v1/users/{user}/{step}"]
        draft.renumber("mailer")

    lie.__name__ = f"{step}_left_out"
    lie.__doc__ = f"An update answers that both were applied, and the {step} was never put in."
    return lie


for _step in ("role", "permissions"):
    PEOPLE.broken(step_left_out(_step))


@PEOPLE.broken
def permissions_before_the_role(draft: Draft) -> None:
    """The permissions are put in before the role."""
    user = put_in(draft, "permissions")["to"]
    role = [row for row in draft["mailer"] if row["path"] == f"/v1/users/{user}/role"]
    draft["mailer"] = [row for row in draft["mailer"] if row not in role] + role
    draft.renumber("mailer")


@PEOPLE.broken
def role_put_in_again(draft: Draft) -> None:
    """The role is put in once more, though the directory had answered that it was."""
    draft.attempt("mailer", put_in(draft, "role"), number=2)


@PEOPLE.broken
def update_answers_one_step(draft: Draft) -> None:
    """An update answers that only the role was applied; both were."""
    update = draft.pick(draft.invocations("RoleUpdate", "apply"))
    user = draft.entry(update, "Input")["value"]["user_id"]
    asked = draft.pick(row for row in draft["history"] if row["type"] == "invoke" and (row.get("input") or {}).get("user_id") == user)
    rows = [row["output"] for row in draft["history"] if row["operation"] == asked["operation"] and "output" in row]
    for each in (*rows, draft.entry(update, "Output")["value"]):
        each["applied"] = ["role"]


@PEOPLE.broken
def update_of_nobody(draft: Draft) -> None:
    """The directory gets a role for a user of whom nobody asked that."""
    draft.attempt("mailer", put_in(draft, "role"), path="/v1/users/somebody-else/role", to="somebody-else")


# --- secrets ---------------------------------------------------------------------------------------------------------


def secret(draft: Draft) -> str:
    """A payment token, as the record keeps it."""
    tokens = [str(each["payment_token"]) for each in draft.dicts("history") if "payment_token" in each]
    return draft.pick(token for token in tokens if token.startswith("hmac:"))


@PEOPLE.broken
def token_in_a_log(draft: Draft) -> None:
    """A payment token stands in an endpoint's log."""
    draft.extra["logs/endpoint-0.log"] = f"INFO charging with {secret(draft)}\n"


@PEOPLE.broken
def token_in_a_ticket(draft: Draft) -> None:
    """A payment token stands in a ticket's state."""
    row = draft.pick(row for row in draft["state"] if row["service"] == "Ticket")
    row["value"]["token"] = secret(draft)


@PEOPLE.broken
def token_in_a_state(draft: Draft) -> None:
    """A payment token stands in what a checkout wrote into its state."""
    draft.entry(draft.run(draft.pick(draft.orders())), "SetState")["value"]["token"] = secret(draft)


@PEOPLE.broken
def token_in_an_answer(draft: Draft) -> None:
    """A payment token stands in an answer to a client."""
    token = secret(draft)
    row = draft.pick(row for row in draft["history"] if isinstance(row.get("output"), dict))
    row["output"]["token"] = token


@PEOPLE.broken
def token_in_a_ledger(draft: Draft) -> None:
    """A payment token stands in the mailer's ledger."""
    token = secret(draft)
    draft.pick(draft["mailer"])["detail"] = token


@PEOPLE.broken
def token_in_a_failure(draft: Draft) -> None:
    """A payment token stands in why an invocation was tried again."""
    token = secret(draft)
    draft.pick(draft["invocations"])["last_failure"] = f"could not charge {token}"


@PEOPLE.broken
def token_in_a_notification(draft: Draft) -> None:
    """A payment token is sent along with a notification."""
    token = secret(draft)
    row = draft.pick(row for row in draft["journal"] if str(row.get("target")).endswith("/notify"))
    row["value"]["token"] = token


@PEOPLE.broken
def order_id_in_the_answer_to_another(draft: Draft) -> None:
    """The map's answer names an order."""
    order = draft.pick(draft.orders())
    event = draft.pick(draft.meta["event_ids"])
    view = draft.pick([draft.views[f"SeatMap/{event}/get"]])
    client(draft, "SeatMap", event, "get", output={**view, "orders": [order]})


@PEOPLE.broken
def signup_secret_in_its_status(draft: Draft) -> None:
    """A signup's status says a secret."""
    said = {"stage": "VERIFIED", "verified": True, "secret": "hmac:0123456789ab"}
    client(draft, "Signup", signup(draft)["key"], "status", output=said)


@PEOPLE.broken
def signup_secret_in_its_state(draft: Draft) -> None:
    """A signup keeps its secret in its state."""
    row = draft.pick(row for row in draft["state"] if row["service"] == "Signup")
    row["value"]["secret"] = "hmac:0123456789ab"


