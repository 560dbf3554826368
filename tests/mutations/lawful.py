"""Other ways to keep the contract, and things that happen: nobody may be accused of them."""

from __future__ import annotations

import copy

from tests.mutations.calls import client, invoke
from tests.mutations.draft import Draft, NotHere
from tests.mutations.events import event, next_round, opened_again, terms
from tests.mutations.inboxes import last_reads, state
from tests.mutations.operators import Kind
from tests.mutations.signups import signup
from tests.mutations.tickets import FREE, GONE, final, found_at_last, free, look, reserve, sold, step

LAWFUL = Kind("lawful")


@LAWFUL.harmless
def hold_at_the_end(draft: Draft) -> None:
    """A client reserves a free seat, and its timer is still to come."""
    reserve(draft, free(draft), draft.uuid())


@LAWFUL.harmless
def hold_repeated_by_its_holder(draft: Draft) -> None:
    """A client repeats its reserve, and is told the same."""
    seat, order = free(draft), draft.uuid()
    reserve(draft, seat, order)
    held = copy.deepcopy(final(draft, seat)) or {}
    asked = {"user_id": held["user_id"], "order_id": order}
    answer = {"status": "RESERVED", "expires_at_ms": held["expires_at_ms"], "round": held["round"]}
    client(draft, "Ticket", seat, "reserve", input=asked, output=answer, state="ticket", found=held)


@LAWFUL.harmless
def hold_repeated_with_a_new_version(draft: Draft) -> None:
    """A client repeats its reserve, is told the same, and the ticket writes the same in a new version."""
    seat, order = free(draft), draft.uuid()
    reserve(draft, seat, order)
    held = copy.deepcopy(final(draft, seat)) or {}
    asked = {"user_id": held["user_id"], "order_id": order}
    answer = {"status": "RESERVED", "expires_at_ms": held["expires_at_ms"], "round": held["round"]}
    step(draft, seat, "reserve", {}, by_client=True, input=asked, output=answer)


@LAWFUL.harmless
def hold_released(draft: Draft) -> None:
    """A client reserves a free seat, and gives it back."""
    seat, order = free(draft), draft.uuid()
    reserve(draft, seat, order)
    step(draft, seat, "release", FREE, by_client=True, input={"order_id": order}, output={"status": "AVAILABLE"})


@LAWFUL.harmless
def release_of_what_is_sold(draft: Draft) -> None:
    """The order that bought it releases a seat, which never un-sells; it is told SOLD."""
    order, seat = sold(draft)
    about = {"input": {"order_id": order}, "output": {"status": "SOLD"}}
    client(draft, "Ticket", seat, "release", state="ticket", found=copy.deepcopy(final(draft, seat)), **about)


@LAWFUL.harmless
def release_by_a_stranger(draft: Draft) -> None:
    """A stranger releases a held seat, which changes nothing."""
    seat = free(draft)
    reserve(draft, seat, draft.uuid())
    about = {"input": {"order_id": draft.uuid()}, "output": {"status": "RESERVED"}}
    client(draft, "Ticket", seat, "release", state="ticket", found=copy.deepcopy(final(draft, seat)), **about)


@LAWFUL.harmless
def reserve_of_what_is_sold(draft: Draft) -> None:
    """A client asks for a sold seat, and is told so."""
    seat = sold(draft)[1]
    asked = {"user_id": "user-late", "order_id": draft.uuid()}
    client(
        draft,
        "Ticket",
        seat,
        "reserve",
        input=asked,
        failure=GONE,
        state="ticket",
        found=copy.deepcopy(final(draft, seat)),
    )


@LAWFUL.harmless
def looks(draft: Draft) -> None:
    """Clients look at a sold and at a free seat."""
    look(draft, sold(draft)[1])
    look(draft, free(draft))


@LAWFUL.harmless
def malformed_input(draft: Draft) -> None:
    """A client asks for a seat with malformed input, and is told so at once."""
    why = (422, "invalid: hold_ms: must be at least 1")
    client(draft, "Ticket", draft.pick(draft.seats), "reserve", input={"hold_ms": -1}, failure=why)


@LAWFUL.harmless
def unknown_event(draft: Draft) -> None:
    """A client orders a seat of an event that nobody opened, and is told so."""
    order = draft.uuid()
    asked = {
        "user_id": "user-late",
        "event_id": "nowhere",
        "seat_id": "A1",
        "payment_token": "hmac:0123456789ab",
        "payment": "direct",
    }
    client(draft, "Checkout", order, "run", input=asked, failure=(404, "unknown_event: no event of this id was opened"))
    draft.meta["cases"].append(order)


@LAWFUL.harmless
def unknown_seat(draft: Draft) -> None:
    """A client orders a seat that the event does not have, and is told so."""
    order, event = draft.uuid(), draft.pick(draft.event_ids)
    asked = {
        "user_id": "user-late",
        "event_id": event,
        "seat_id": "ZZ99",
        "payment_token": "hmac:0123456789ab",
        "payment": "direct",
    }
    client(draft, "Checkout", order, "run", input=asked, failure=(404, "unknown_seat: the event has no such seat"))
    draft.meta["cases"].append(order)


@LAWFUL.harmless
def status_of_nobody(draft: Draft) -> None:
    """A client asks for the status of an order that nobody placed, and is told so."""
    client(draft, "Checkout", draft.uuid(), "status", failure=(404, "unknown_order: no order of this id was placed"))


@LAWFUL.harmless
def reset_of_another_round(draft: Draft) -> None:
    """A client resets a round that is over or never was, which changes nothing."""
    event = draft.pick(draft.event_ids)
    value = draft.pick(row for row in draft["state"] if (row["service"], row["object_key"]) == ("Event", event))[
        "value"
    ]
    asked, answer = {"round": value["round"] + 5}, {"round": value["round"]}
    client(draft, "Event", event, "reset", input=asked, output=answer, state="event", found=copy.deepcopy(value))


@LAWFUL.harmless
def role_updated_again(draft: Draft) -> None:
    """A role is updated a second time, in two steps like the first."""
    update = draft.pick(draft.invocations("RoleUpdate", "apply"))
    asked = copy.deepcopy(draft.entry(update, "Input")["value"])
    effects = [row for row in draft["mailer"] if row.get("effect") and row.get("to") == asked["user_id"]]
    for row in effects:
        draft.attempt("mailer", row, rule_id=None)
    client(draft, "RoleUpdate", "", "apply", input=asked, output={"applied": ["role", "permissions"]})
    draft["invocations"][-1].pop("key")


@LAWFUL.harmless
def answer_lost_on_the_way(draft: Draft) -> None:
    """A client hung up before its order's answer, and learnt it later."""
    row = draft.pick(
        row
        for row in draft["history"]
        if row["type"] in ("ok", "fail") and row["target"].startswith("Checkout/") and row["target"].endswith("/run")
    )
    later = {
        **copy.deepcopy(row),
        "type": "resolve",
        "conclusion": row["type"],
        "seq": max(each["seq"] for each in draft["history"]) + 1,
    }
    later.pop("latency_ms")
    for name in ("output", "status", "message"):
        row.pop(name, None)
    row |= {"type": "info", "code": "timeout"}
    draft["history"].append(later)


@LAWFUL.harmless
def role_answer_never_heard(draft: Draft) -> None:
    """A client hung up on a role update, which can not be asked for again; it was applied."""
    row = draft.pick(row for row in draft["history"] if row["type"] == "ok" and row["target"].startswith("RoleUpdate/"))
    for name in ("output", "status"):
        row.pop(name, None)
    row |= {"type": "info", "code": "timeout"}


@LAWFUL.harmless
def user_changes_the_cart_after_checkout(draft: Draft) -> None:
    """A user puts a seat into the cart after the checkout, and leaves it there."""
    user, seat = _session(draft), {"event_id": draft.event_ids[0], "seat_id": "A1"}
    value = draft.pick(row for row in draft["state"] if (row["service"], row["object_key"]) == ("UserSession", user))[
        "value"
    ]
    found = copy.deepcopy(value)
    value["cart"] = [seat]
    client(
        draft, "UserSession", user, "add_to_cart", input=seat, state="session", found=found, left=copy.deepcopy(value)
    )
    found_at_last(draft, "UserSession", user)
    for view in last_reads(draft, "UserSession")[1]:
        view["cart"] = [dict(seat)]


def _session(draft: Draft) -> str:
    return draft.pick(target for target in draft.views if target.startswith("UserSession/")).split("/")[1]


@LAWFUL.harmless
def user_orders_by_hand_beside_the_session(draft: Draft) -> None:
    """A user with a session places an order of a sold seat by hand, and is refused."""
    user, order = _session(draft), draft.uuid()
    seat = sold(draft)[1]
    event, _, seat_id = seat.rpartition(":")
    asked = {
        "user_id": user,
        "event_id": event,
        "seat_id": seat_id,
        "payment_token": "hmac:0123456789ab",
        "payment": "direct",
    }
    run = client(draft, "Checkout", order, "run", input=asked, failure=GONE)
    request = {"user_id": user, "order_id": order}
    reserve_ = invoke(
        draft,
        "Ticket",
        seat,
        "reserve",
        input=request,
        failure=GONE,
        state="ticket",
        found=copy.deepcopy(final(draft, seat)),
        by=run,
    )
    call = {
        "type": "Call",
        "completion_id": 2,
        "target": f"Ticket/{seat}/reserve",
        "invoked_id": reserve_["id"],
        "value": request,
    }
    answer = {
        "kind": "notification",
        "type": "Call",
        "completion_id": 2,
        "failure": {"code": GONE[0], "message": GONE[1]},
    }
    id_ = {"kind": "notification", "type": "CallInvocationId", "completion_id": 1, "invoked_id": reserve_["id"]}
    draft.insert(draft.entry(run, "Output"), call, id_, answer)
    draft.meta["cases"].append(order)


@LAWFUL.harmless
def session_cleared_by_its_timer(draft: Draft) -> None:
    """A session was idle long enough, and cleared itself at the end."""
    user = _session(draft)
    timer = draft.pick(row for row in draft.invocations("UserSession", "clear_if_idle", user))
    row = next(each for each in draft["state"] if (each["service"], each["object_key"]) == ("UserSession", user))
    entries = draft.entries(timer)
    if timer["status"] == "completed" or not entries:
        raise NotHere
    at_ms = draft.meta["ended_at_ms"] - 50
    about = {"invocation_id": timer["id"], "kind": "command", "appended_at_ms": at_ms}
    draft["journal"] = [each for each in draft["journal"] if each["invocation_id"] != timer["id"]]
    draft["journal"] += [
        {**entries[0], "index": 0},
        {**about, "index": 1, "type": "GetEagerState", "state_key": "session", "value": row["value"]},
        {**about, "index": 2, "type": "ClearAllState"},
        {**about, "index": 3, "type": "Output"},
    ]
    timer |= {"status": "completed", "result": "success", "completed_at_ms": at_ms + 1, "journal_size": 4}
    draft["state"].remove(row)
    for view in last_reads(draft, "UserSession")[1]:
        view |= {"cart": [], "current_orders": [], "past_orders": []}


@LAWFUL.harmless
def round_ended_by_a_client(draft: Draft) -> None:
    """A client ends the current round: every seat is free in the next."""
    event_id = event(draft)
    next_round(draft, event_id, None, terms(draft, event_id)["round"])


@LAWFUL.harmless
def opened_again_with_the_same(draft: Draft) -> None:
    """The event is opened again with the same input, which changes nothing."""
    event_id, found, asked = opened_again(draft)
    answer = {"event_id": event_id, "round": found["round"]}
    client(draft, "Event", event_id, "open", input=asked, output=answer, state="event", found=found)


@LAWFUL.harmless
def opened_again_with_another_price(draft: Draft) -> None:
    """The event is opened again with another price, and refuses."""
    event_id, found, asked = opened_again(draft, price_cents=1)
    why = (409, "already_open: the event was opened with other input")
    client(draft, "Event", event_id, "open", input=asked, failure=why, state="event", found=found)


@LAWFUL.harmless
def event_read(draft: Draft) -> None:
    """A client asks the event, and is told what it has been opened with."""
    event_id = event(draft)
    found = copy.deepcopy(terms(draft, event_id))
    names = ("open", "seats", "price_cents", "currency", "hold_ms", "auto_reset", "round")
    client(draft, "Event", event_id, "get", output={name: found[name] for name in names}, state="event", found=found)


@LAWFUL.harmless
def inbox_read(draft: Draft) -> None:
    """A user looks once more, and sees the same."""
    user, reads = last_reads(draft, "Notifications")
    found = copy.deepcopy(state(draft, "Notifications", user))
    client(draft, "Notifications", user, "get", output=copy.deepcopy(reads[0]), state="inbox", found=found)


@LAWFUL.harmless
def signup_guessed_at(draft: Draft) -> None:
    """Somebody guesses at the secret of a verified signup, and is refused."""
    why = (403, "wrong_secret: this is not the secret that was mailed")
    client(draft, "Signup", signup(draft)["key"], "click", input={"secret": "guess-1"}, failure=why)


@LAWFUL.harmless
def signup_read(draft: Draft) -> None:
    """A client asks for the status of a verified signup, and is told that it is verified."""
    said = {"stage": "VERIFIED", "verified": True}
    client(draft, "Signup", signup(draft)["key"], "status", output=said)
