"""A ticket's story in a draft: what it wrote, every copy of that, and one more lawful or unlawful step at its end."""

from __future__ import annotations

import copy
from typing import Any

from tests.mutations.calls import client, invoke, send
from tests.mutations.draft import Draft, Row

HELD = (409, "seat_reserved: Ticket is currently reserved")
GONE = (409, "seat_sold: Ticket already sold")
HOLD_MS = 900_000
NEW: Row = {"status": "AVAILABLE", "user_id": None, "order_id": None, "expires_at_ms": None, "round": 1, "version": 0}
FREE: Row = {"status": "AVAILABLE", "user_id": None, "order_id": None, "expires_at_ms": None}


def writes(draft: Draft, seat: str) -> list[Row]:
    """The journal entries that wrote a seat's state, in version order."""
    mine = {row["id"] for row in draft.invocations("Ticket", key=seat)}
    found = [row for row in draft["journal"] if row["invocation_id"] in mine and row["type"] == "SetState"]
    return sorted(found, key=lambda row: int(row["value"]["version"]))


def copies(draft: Draft, seat: str, version: int) -> list[Row]:
    """Every copy of one version of a seat's state: written, read and final."""
    mine = {row["id"] for row in draft.invocations("Ticket", key=seat)}
    values = [row.get("value") for row in draft["journal"] if row["invocation_id"] in mine and "State" in row["type"]]
    values += [row["value"] for row in draft["state"] if (row["service"], row["object_key"]) == ("Ticket", seat)]
    return [value for value in values if isinstance(value, dict) and value.get("version") == version]


def last_copies(draft: Draft, seat: str) -> list[Row]:
    """Every copy of the last."""
    return copies(draft, seat, writes(draft, seat)[-1]["value"]["version"])


def final(draft: Draft, seat: str) -> Row | None:
    """A seat's state at the end; None when it has none."""
    rows = [row for row in draft["state"] if (row["service"], row["object_key"]) == ("Ticket", seat)]
    return rows[0]["value"] if rows else None


def sold(draft: Draft) -> tuple[str, str]:
    """An order that was confirmed, and its seat, which is still sold to it."""
    kept = [order for order in draft.orders() if (final(draft, draft.seat(order)) or {}).get("order_id") == order]
    order = draft.pick(kept)
    return order, draft.seat(order)


def free(draft: Draft) -> str:
    """A seat that is free at the end."""
    return draft.pick(seat for seat in draft.seats if (final(draft, seat) or NEW)["status"] == "AVAILABLE")


def show(draft: Draft, seat: str, status: str) -> None:
    """The map shows it so at the end: in its answer to the final read, and in what it wrote and read last."""
    event, _, seat_id = seat.rpartition(":")
    for shown in final_maps(draft, event):
        if seat_id in shown.get("seats", {}):
            shown["seats"][seat_id] = status
    last = copy.deepcopy(map_state(draft, event))
    mine = {row["id"] for row in draft.invocations("SeatMap", key=event)}
    values = [row["value"] for row in draft["journal"] if row["invocation_id"] in mine and row.get("value") == last]
    for each in (*values, map_state(draft, event)) if last else ():
        if each and seat_id in each["seen"]:
            each["seen"][seat_id]["status"] = status


def map_state(draft: Draft, event: str) -> Row | None:
    """The map's own state at the end."""
    rows = [row for row in draft["state"] if (row["service"], row["object_key"]) == ("SeatMap", event)]
    return rows[0]["value"] if rows else None


def final_maps(draft: Draft, event: str) -> list[Row]:
    """The final read of a map, and the journaled output of that read."""
    view = draft.views.get(f"SeatMap/{event}/get")
    outputs = [draft.entry(read, "Output").get("value") for read in final_reads(draft, "SeatMap", event)]
    return [each for each in (view, *outputs) if isinstance(each, dict)]


def final_reads(draft: Draft, service: str, key: str, handler: str = "get") -> list[Row]:
    """The invocation by which something was read at the end: the last from outside that no operation made."""
    reads = [row for row in draft.invocations(service, handler, key) if row["invoked_by"] == "ingress"]
    asked = {row["operation"] for row in draft["history"] if row["target"] == f"{service}/{key}/{handler}"}
    keys = {f"{draft.meta['scope']}-{number}" for number in asked}
    mine = [
        read for read in reads if read.get("idempotency_key") not in keys
    ]  # clients that wait for something look too
    return sorted(mine, key=lambda row: int(row["created_at_ms"]))[-1:]


def found_at_last(draft: Draft, service: str, key: str) -> None:
    """The final read finds the state that is there at the end."""
    rows = [row for row in draft["state"] if (row["service"], row["object_key"]) == (service, key)]
    for read in final_reads(draft, service, key) if rows else ():
        for entry in draft.entries(read):
            if entry["type"] == "GetEagerState":
                entry["value"] = copy.deepcopy(rows[0]["value"])


def step(draft: Draft, seat: str, handler: str, to: Row, *, by_client: bool = False, **about: Any) -> Row:
    """The ticket's state changes once more, at the end of all, as if the handler had done so; the map hears of it."""
    before = copy.deepcopy(final(draft, seat) or NEW)
    after = {**before, "version": before["version"] + 1, **to}
    found = before if final(draft, seat) else None
    begin = client if by_client else invoke
    row = begin(draft, "Ticket", seat, handler, state="ticket", found=found, left=after, **about)  # type: ignore[operator]
    put(draft, seat, after)
    tell(draft, seat, row, after)
    return row


def put(draft: Draft, seat: str, state: Row) -> None:
    """A seat's state at the end."""
    draft["state"] = [row for row in draft["state"] if (row["service"], row["object_key"]) != ("Ticket", seat)]
    draft["state"].append({"service": "Ticket", "object_key": seat, "key": "ticket", "value": copy.deepcopy(state)})


def tell(draft: Draft, seat: str, caller: Row, state: Row) -> None:
    """The ticket tells the map, which writes it down and shows it."""
    event, _, seat_id = seat.rpartition(":")
    told = {"seat_id": seat_id, **{name: state[name] for name in ("status", "round", "version")}}
    known = map_state(draft, event)
    found, left = copy.deepcopy(known), copy.deepcopy(known)
    if left:
        left["seen"][seat_id] = {name: told[name] for name in ("status", "round", "version")}
        left["round"] = max(left["round"], told["round"])
        (known or {}).update(copy.deepcopy(left))
        found_at_last(draft, "SeatMap", event)
    row = invoke(draft, "SeatMap", event, "set", input=told, by=caller, state="map", found=found, left=left)
    send(draft, caller, f"SeatMap/{event}/set", told, row)
    for shown in final_maps(draft, event):
        if seat_id in shown.get("seats", {}):
            shown["seats"][seat_id] = state["status"]


def reserve(draft: Draft, seat: str, order: str, *, timer: bool = True, **to: Any) -> Row:
    """A client reserves a seat and is told that it has it. Lawful on a free seat; `to` makes it otherwise."""
    before = final(draft, seat) or NEW
    until = draft.meta["ended_at_ms"] + HOLD_MS
    held = {"status": "RESERVED", "user_id": f"user-of-{order[:6]}", "order_id": order, "expires_at_ms": until, **to}
    row = step(
        draft, seat, "reserve", held, by_client=True, input={"user_id": held["user_id"], "order_id": order},
        output={"status": "RESERVED", "expires_at_ms": until, "round": before["round"]},
    )  # fmt: skip
    if timer:
        later = invoke(draft, "Ticket", seat, "expire", input={"hold": before["version"] + 1}, by=row)
        later["status"] = "scheduled"
        for name in ("result", "completed_at_ms", "journal_size"):
            del later[name]
        draft["journal"] = [
            each for each in draft["journal"] if each["invocation_id"] != later["id"] or not each["index"]
        ]
        send(draft, row, f"Ticket/{seat}/expire", {"hold": before["version"] + 1}, later)
    return row


def look(draft: Draft, seat: str, **to: Any) -> Row:
    """A client looks at a seat at the end of all, and is told how it is; `to` makes it otherwise."""
    state = final(draft, seat)
    shown = {name: (state or NEW)[name] for name in ("status", "expires_at_ms", "round", "version")} | to
    return client(draft, "Ticket", seat, "get", output=shown, state="ticket", found=copy.deepcopy(state))
