"""Tickets that answer, or tell the map, otherwise than they are: refusals without a cause, reads that lie."""

from __future__ import annotations

import copy

from tests.mutations.calls import client, forget
from tests.mutations.draft import Draft, Row
from tests.mutations.operators import Kind
from tests.mutations.tickets import FREE, GONE, HELD, final, free, look, put, reserve, show, sold, step, writes

LOOKS = Kind("looks")


@LOOKS.broken
def told_sold_of_a_free_seat(draft: Draft) -> None:
    """A client that asks for a free seat is told that it is sold."""
    seat = free(draft)
    refused(draft, seat, GONE, draft.uuid())


@LOOKS.broken
def told_reserved_of_a_free_seat(draft: Draft) -> None:
    """A client that asks for a free seat is told that another holds it."""
    refused(draft, free(draft), HELD, draft.uuid())


@LOOKS.broken
def told_reserved_of_a_sold_seat(draft: Draft) -> None:
    """A client that asks for a sold seat is told that another holds it."""
    refused(draft, sold(draft)[1], HELD, draft.uuid())


@LOOKS.broken
def holder_is_refused(draft: Draft) -> None:
    """A client that repeats its own reserve is told that another holds the seat."""
    seat, order = free(draft), draft.uuid()
    reserve(draft, seat, order)
    refused(draft, seat, HELD, order)


@LOOKS.broken
def repeated_reserve_answers_otherwise(draft: Draft) -> None:
    """A client that repeats its own reserve is told another end of the hold, and nothing was written."""
    seat, order = free(draft), draft.uuid()
    reserve(draft, seat, order)
    held = copy.deepcopy(final(draft, seat)) or {}
    answer = {"status": "RESERVED", "expires_at_ms": held["expires_at_ms"] + 60_000, "round": held["round"]}
    asked = {"user_id": held["user_id"], "order_id": order}
    client(draft, "Ticket", seat, "reserve", input=asked, output=answer, state="ticket", found=held)


def refused(draft: Draft, seat: str, why: tuple[int, str], order: str) -> Row:
    """A client asks for a seat, and is told why not."""
    asked = {"user_id": f"user-of-{order[:6]}", "order_id": order}
    found = copy.deepcopy(final(draft, seat))
    return client(draft, "Ticket", seat, "reserve", input=asked, failure=why, state="ticket", found=found)


def answer_of_reserve(draft: Draft, **change: object) -> None:
    """Changes what a checkout's reserve answered, at the ticket and at the checkout."""
    order = draft.pick(draft.orders())
    call = draft.entry(draft.run(order), "Call", "reserve")
    for each in (draft.completion(call), draft.entry(draft.invocation(call["invoked_id"]), "Output")):
        each["value"] |= change


@LOOKS.broken
def hold_answered_with_another_round(draft: Draft) -> None:
    """Reserve answers another round than it wrote."""
    answer_of_reserve(draft, round=7)


@LOOKS.broken
def hold_answered_with_another_end(draft: Draft) -> None:
    """Reserve answers another end of the hold than it wrote."""
    answer_of_reserve(draft, expires_at_ms=draft.meta["ended_at_ms"] + 12_345_678)


@LOOKS.broken
def hold_answered_as_sold(draft: Draft) -> None:
    """Reserve answers SOLD, and wrote RESERVED."""
    answer_of_reserve(draft, status="SOLD")


@LOOKS.broken
def look_says_free_of_a_sold_seat(draft: Draft) -> None:
    """A client that looks is told that a sold seat is free; the handler had read that it is sold."""
    look(draft, sold(draft)[1], status="AVAILABLE")


@LOOKS.broken
def look_says_another_version(draft: Draft) -> None:
    """A client that looks is told a version that the ticket never had."""
    look(draft, sold(draft)[1], version=99)


@LOOKS.broken
def look_says_another_round(draft: Draft) -> None:
    """A client that looks is told another round."""
    look(draft, sold(draft)[1], round=3)


@LOOKS.broken
def look_says_another_end(draft: Draft) -> None:
    """A client that looks is told another end of the hold."""
    seat = free(draft)
    reserve(draft, seat, draft.uuid())
    look(draft, seat, expires_at_ms=draft.meta["ended_at_ms"] + 1)


@LOOKS.broken
def look_gives_away_the_holder(draft: Draft) -> None:
    """A client that looks is told which order has the seat."""
    order, seat = sold(draft)
    look(draft, seat, order_id=order)


@LOOKS.broken
def look_goes_back(draft: Draft) -> None:
    """A client that looks twice is told an older state the second time, and the handler had read that."""
    _, seat = sold(draft)
    look(draft, seat)
    older = copy.deepcopy(writes(draft, seat)[-2]["value"])
    shown = {name: older[name] for name in ("status", "expires_at_ms", "round", "version")}
    client(draft, "Ticket", seat, "get", output=shown, state="ticket", found=older)


@LOOKS.broken
def own_write_not_seen(draft: Draft) -> None:
    """A client reserves a seat, looks, and is told that it is free; the handler had read no state."""
    seat = free(draft)
    before = copy.deepcopy(final(draft, seat))
    reserve(draft, seat, draft.uuid())
    shown = {"status": "AVAILABLE", "expires_at_ms": None, "round": (before or {"round": 1})["round"],
             "version": (before or {"version": 0})["version"]}  # fmt: skip
    client(draft, "Ticket", seat, "get", output=shown, state="ticket", found=before)


@LOOKS.broken
def look_changes_the_seat(draft: Draft) -> None:
    """A client looks at a held seat, and that frees it."""
    seat = free(draft)
    reserve(draft, seat, draft.uuid())
    held = final(draft, seat) or {}
    shown = {"status": "AVAILABLE", "expires_at_ms": None, "round": held["round"], "version": held["version"] + 1}
    step(draft, seat, "get", FREE, by_client=True, output=shown)


@LOOKS.broken
def confirm_answers_and_writes_nothing(draft: Draft) -> None:
    """Confirm answers SOLD and writes nothing; the seat stays held, and the map says so."""
    _, seat = sold(draft)
    sale, hold = writes(draft, seat)[-1], writes(draft, seat)[-2]["value"]
    for told in [row for row in draft.invocations("SeatMap", "set") if row["invoked_by_id"] == sale["invocation_id"]]:
        forget(draft, told)
    draft.cut_entries(lambda row: row is sale)
    put(draft, seat, hold)
    show(draft, seat, "RESERVED")


@LOOKS.broken
def change_that_the_map_is_not_told(draft: Draft) -> None:
    """A ticket changes and sends the map nothing, which knows all the same."""
    _, seat = sold(draft)
    change = writes(draft, seat)[-1]["invocation_id"]
    forget(draft, draft.pick(row for row in draft.invocations("SeatMap", "set") if row["invoked_by_id"] == change))


@LOOKS.broken
def map_is_told_another_status(draft: Draft) -> None:
    """A ticket tells the map another status than it has."""
    told_otherwise(draft, status="RESERVED")


@LOOKS.broken
def map_is_told_another_version(draft: Draft) -> None:
    """A ticket tells the map another version than it has."""
    told_otherwise(draft, version=77)


@LOOKS.broken
def map_is_told_of_another_seat(draft: Draft) -> None:
    """A ticket tells the map of another seat."""
    told_otherwise(draft, seat_id="Z9")


def told_otherwise(draft: Draft, **change: object) -> None:
    """Changes what a ticket's sale told the map, as it was sent and as it came."""
    _, seat = sold(draft)
    sale = draft.invocation(writes(draft, seat)[-1]["invocation_id"])
    call = draft.entry(sale, "OneWayCall", "set")
    for each in (call, draft.entry(draft.invocation(call["invoked_id"]), "Input")):
        each["value"] |= change
