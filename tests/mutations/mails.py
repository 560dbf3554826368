"""Mails and notifications that are too many, too few, or somebody else's."""

from __future__ import annotations

from typing import Any

from tests.mutations.calls import forget, invoke, send
from tests.mutations.draft import Draft, NotHere, Row
from tests.mutations.operators import Kind

MAILS = Kind("mails")


def booked(draft: Draft) -> Row:
    """The message that tells of a booking, as it took effect."""
    return draft.pick(
        row for row in draft["mailer"] if row.get("effect") == "message" and row["key"].startswith("notification:")
    )


def told(draft: Draft) -> Row:
    """An invocation of `notify`, whose mail went out."""
    return draft.pick(row for row in draft.invocations("Notifications", "notify") if row.get("result") == "success")


@MAILS.broken
def mailed_twice_under_another_key(draft: Draft) -> None:
    """A second mail of the same booking goes out, under a key of its own."""
    draft.attempt("mailer", booked(draft), key=draft.fresh("k:"), message_id="msg_0000000000000000")


@MAILS.broken
def mailed_twice_under_a_second_notification(draft: Draft) -> None:
    """A second mail of the same booking goes out, under the key of a notification that nobody sent."""
    key = f"notification:{draft.uuid()}"
    draft.attempt("mailer", booked(draft), key=key, message_id="msg_0000000000000000")


@MAILS.broken
def mailed_twice_under_its_key(draft: Draft) -> None:
    """A second mail of the same booking goes out, under the same key."""
    draft.attempt("mailer", booked(draft), message_id="msg_0000000000000000", number=9)


@MAILS.broken
def mailed_to_another(draft: Draft) -> None:
    """The mail of a booking goes to somebody else."""
    booked(draft)["to"] = "somebody-else"


@MAILS.broken
def mails_change_places(draft: Draft) -> None:
    """Two users get each other's mail."""
    rows = [row for row in draft["mailer"] if row.get("effect") == "message"]
    one, other = draft.pick((a, b) for a in rows for b in rows if a["to"] != b["to"])
    one["to"], other["to"] = other["to"], one["to"]


@MAILS.broken
def mail_key_of_its_own_making(draft: Draft) -> None:
    """The mail of a booking has a key that does not follow the contract's rule."""
    draft.replace(booked(draft)["key"], draft.fresh("mail-"), "mailer")


@MAILS.broken
def mail_keys_of_their_own_making(draft: Draft) -> None:
    """All mails of the run have keys that do not follow the contract's rule."""
    booked(draft)
    draft.replace("notification:", "note:", "mailer")


@MAILS.broken
def never_mailed(draft: Draft) -> None:
    """The mail of a booking was never asked for: `notify` ended, and the ledger has nothing of it."""
    key = booked(draft)["key"]
    draft["mailer"] = [row for row in draft["mailer"] if row.get("key") != key]
    draft.renumber("mailer")


@MAILS.broken
def never_notified(draft: Draft) -> None:
    """A confirmed order sends no notification: neither call nor invocation, mail nor item in the inbox."""
    notify = told(draft)
    notification = draft.entry(notify, "Input")["value"]["notification_id"]
    forget(draft, notify)
    draft["mailer"] = [row for row in draft["mailer"] if notification not in str(row.get("key"))]
    draft.renumber("mailer")
    for each in draft.dicts("journal", "state", "history", "views"):
        if isinstance(each.get("items"), list):
            gone = [item for item in each["items"] if item.get("notification_id") == notification]
            each["items"] = [item for item in each["items"] if item not in gone]
            if "unread" in each:
                each["unread"] -= sum(not item["read"] for item in gone)


@MAILS.broken
def mailed_without_a_run(draft: Draft) -> None:
    """`notify` has no run `mail`, and the mail went out."""
    notify = told(draft)
    run = draft.entry(notify, "Run", "mail")
    answer = draft.completion(run)
    draft.cut_entries(lambda row: row is run or row is answer)


@MAILS.broken
def mailed_for_nobody(draft: Draft) -> None:
    """A mail goes out of an order that nobody placed."""
    key = f"notification:{draft.uuid()}"
    draft.attempt("mailer", booked(draft), key=key, to="somebody-else", message_id="msg_0000000000000000")


@MAILS.broken
def asked_to_mail_for_nobody(draft: Draft) -> None:
    """A mail of an order that nobody placed is asked for, and refused."""
    rows = draft.attempt("mailer", booked(draft), key=f"notification:{draft.uuid()}")
    draft["mailer"] = [row for row in draft["mailer"] if row not in rows or row["kind"] != "effect"]
    draft["mailer"][-1]["status"] = 422
    draft.renumber("mailer")


@MAILS.broken
def mailed_of_a_failed_order(draft: Draft) -> None:
    """A failed order's user gets the mail of a booking; nothing in the journal asked for it."""
    order = draft.pick(draft.failed())
    about = {"key": f"notification:{order}", "to": draft.input(order)["user_id"], "message_id": "msg_0000000000000000"}
    draft.attempt("mailer", booked(draft), **about)


@MAILS.broken
def failed_order_notified(draft: Draft) -> None:
    """A failed order sends a notification, and its user gets the mail: journal, inbox and ledger agree."""
    order = draft.pick(draft.failed())
    user = draft.input(order)["user_id"]
    body = {"notification_id": order, "kind": "booking_confirmed", "order_id": order, "to": user}
    item = {"notification_id": order, "kind": "booking_confirmed", "order_id": order, "read": False}
    left = {"schema": 1, "items": [item]}
    if [row for row in draft["state"] if (row["service"], row["object_key"]) == ("Notifications", user)]:
        raise NotHere
    notify = invoke(draft, "Notifications", user, "notify", input=body, state="inbox", left=left, by=draft.run(order))
    send(draft, draft.run(order), f"Notifications/{user}/notify", body, notify)
    done = {"type": "Run", "name": "mail", "completion_id": 1}
    answer = {
        "kind": "notification",
        "type": "Run",
        "completion_id": 1,
        "value": {"message_id": "msg_0000000000000000"},
    }
    draft.insert(draft.entry(notify, "Output"), done, answer)
    draft["state"].append({"service": "Notifications", "object_key": user, "key": "inbox", "value": left})
    draft.attempt("mailer", booked(draft), key=f"notification:{order}", to=user, message_id="msg_0000000000000000")


def notified(name: str, value: str) -> Any:
    """The notification of a booking says something else, as it was sent and as it came; all else stays."""

    def lie(draft: Draft) -> None:
        notify = told(draft)
        call = draft.pick(row for row in draft["journal"] if row.get("invoked_id") == notify["id"] and "target" in row)
        for each in (draft.entry(notify, "Input"), call):
            each["value"][name] = value

    lie.__name__ = f"notified_with_another_{name}"
    lie.__doc__ = f"A booking's notification has another {name} than the contract's, as it was sent and as it came."
    return lie


for _name in ("notification_id", "order_id", "to", "kind"):
    MAILS.broken(notified(_name, "somebody-else"))


@MAILS.broken
def notified_another_user(draft: Draft) -> None:
    """The notification of a booking goes to the inbox of somebody else; the mail too."""
    notify = told(draft)
    user, order = notify["key"], draft.entry(notify, "Input")["value"]["order_id"]
    if len(draft.invocations("Notifications", "notify", user)) != 1:
        raise NotHere
    notify["key"] = "somebody-else"
    draft.replace(f"Notifications/{user}/notify", "Notifications/somebody-else/notify", "journal")
    for row in draft["state"]:
        if (row["service"], row["object_key"]) == ("Notifications", user):
            row["object_key"] = "somebody-else"
    for each in draft.dicts("journal", "mailer"):
        if each.get("to") == user and order in str([each.get("notification_id"), each.get("key")]):
            each["to"] = "somebody-else"


@MAILS.broken
def notified_twice(draft: Draft) -> None:
    """A confirmed order sends its notification twice."""
    notify = told(draft)
    caller, body = draft.invocation(notify["invoked_by_id"]), draft.entry(notify, "Input")["value"]
    state = draft.pick(
        row for row in draft["state"] if (row["service"], row["object_key"]) == ("Notifications", notify["key"])
    )
    again = invoke(
        draft, "Notifications", notify["key"], "notify", input=body, state="inbox", found=state["value"], by=caller
    )
    send(draft, caller, f"Notifications/{notify['key']}/notify", body, again)


@MAILS.broken
def notified_by_nobody(draft: Draft) -> None:
    """A notification comes from outside, to what only the app may call."""
    notify = told(draft)
    body = draft.entry(notify, "Input")["value"]
    state = draft.pick(
        row for row in draft["state"] if (row["service"], row["object_key"]) == ("Notifications", notify["key"])
    )
    invoke(draft, "Notifications", notify["key"], "notify", input=body, state="inbox", found=state["value"])


@MAILS.broken
def mail_failed_and_notified(draft: Draft) -> None:
    """The mailer refused the message each time it was asked, and the run `mail` says that it was accepted."""
    key = booked(draft)["key"]
    rows = [row for row in draft["mailer"] if row.get("key") == key]
    draft["mailer"] = [row for row in draft["mailer"] if row not in rows or row["kind"] != "effect"]
    for row in draft["mailer"]:
        if row.get("key") == key and row["kind"] in ("answer", "drop"):
            row |= {"kind": "answer", "status": 503}
    draft.renumber("mailer")
