"""Inboxes that are not as notifications and their users left them."""

from __future__ import annotations

import copy
from typing import Any

from tests.mutations.calls import client
from tests.mutations.draft import Draft, Row
from tests.mutations.operators import Kind
from tests.mutations.tickets import final_reads

INBOXES = Kind("inboxes")


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


@INBOXES.broken
def inbox_lost_an_item(draft: Draft) -> None:
    """An inbox lists one booking less at the end; its state has it."""
    _, reads = last_reads(draft, "Notifications")
    for each in reads:
        each["unread"] -= not each["items"].pop()["read"]


@INBOXES.broken
def inbox_state_lost_an_item(draft: Draft) -> None:
    """An inbox, and its state at the end, has one booking less than the last write."""
    user, reads = last_reads(draft, "Notifications")
    state(draft, "Notifications", user)["items"].pop()
    for each in reads:
        each["unread"] -= not each["items"].pop()["read"]


@INBOXES.broken
def inbox_lists_twice(draft: Draft) -> None:
    """An inbox lists one booking twice at the end."""
    _, reads = last_reads(draft, "Notifications")
    for each in reads:
        each["items"].append(dict(each["items"][-1]))
        each["unread"] += not each["items"][-1]["read"]


@INBOXES.broken
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
    INBOXES.broken(listed(_name, "somebody-else"))


@INBOXES.broken
def inbox_counts_wrong(draft: Draft) -> None:
    """An inbox says that more are unread than are."""
    for each in last_reads(draft, "Notifications")[1]:
        each["unread"] += 1


@INBOXES.broken
def read_by_nobody(draft: Draft) -> None:
    """An inbox says at the end that a booking was read which nobody marked."""
    for each in last_reads(draft, "Notifications")[1]:
        item = draft.pick([item for item in each["items"] if not item["read"]][:1])
        item["read"] = True
        each["unread"] -= 1


@INBOXES.broken
def marked_and_unread(draft: Draft) -> None:
    """An inbox says at the end that a booking is unread which was marked as read, answered so and written so."""
    for each in last_reads(draft, "Notifications")[1]:
        item = draft.pick([item for item in each["items"] if item["read"]][:1])
        item["read"] = False
        each["unread"] += 1


@INBOXES.broken
def mark_writes_nothing(draft: Draft) -> None:
    """Marking is answered, and nothing is written; the inbox says unread from then on."""
    user, reads = last_reads(draft, "Notifications")
    marked = draft.invocations("Notifications", "mark_read", user)
    written = draft.pick(row for mark in marked for row in draft.entries(mark) if row["type"] == "SetState")
    draft.cut_entries(lambda row: row is written)
    values = [row["value"] for row in draft["journal"] if row.get("state_key") == "inbox" and "value" in row]
    for each in (*values, state(draft, "Notifications", user), *reads):
        for item in each["items"]:
            each["unread"] = each.get("unread", 0) + item["read"]
            item["read"] = False
    for each in (*values, state(draft, "Notifications", user)):
        del each["unread"]


@INBOXES.broken
def mark_marks_another(draft: Draft) -> None:
    """Marking one marks the other, in state, journal and view."""
    user, reads = last_reads(draft, "Notifications")
    values = [row["value"] for row in draft["journal"] if row.get("state_key") == "inbox" and "value" in row]
    for each in (*values, state(draft, "Notifications", user), *reads):
        if any(item["read"] for item in each["items"]):
            for item in each["items"]:
                item["read"] = not item["read"]


@INBOXES.broken
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
