"""Tickets that do what the contract does not allow: each state, answer and view as if it were true."""

from __future__ import annotations

import copy

from tests.mutations.calls import client, forget
from tests.mutations.draft import Draft, NotHere
from tests.mutations.operators import Kind
from tests.mutations.tickets import (
    FREE,
    copies,
    final,
    free,
    last_copies,
    put,
    reserve,
    show,
    sold,
    step,
    writes,
)

SEATS = Kind("seats")


@SEATS.broken
def sold_again_to_another(draft: Draft) -> None:
    """A sold seat is reserved by, and sold to, an order that bought another; journal, state, map and answers agree."""
    _, seat = sold(draft)
    winner = draft.pick(order for order in draft.orders() if draft.seat(order) != seat)
    empty, last = draft.seat(winner), writes(draft, seat)[-1]["value"]["version"]
    if [row["value"]["order_id"] for row in writes(draft, empty)] != [winner, winner] or len(writes(draft, seat)) > 2:
        raise NotHere
    for version in (2, 1):
        for each in copies(draft, empty, version):
            each["version"] = version + last
    moved, place = final(draft, empty), seat.rpartition(":")[2]
    put(draft, seat, moved or {})
    draft["state"] = [row for row in draft["state"] if (row["service"], row["object_key"]) != ("Ticket", empty)]
    for source in ("invocations", "journal"):
        draft.replace(empty, seat, source)
    mine = [call["input"] for call in draft.decisions["load"]["operations"] if call["key"] == winner and call["input"]]
    for asked in [*mine, *draft.dicts("history", "journal", "state")]:
        if asked.get("seat_id") == empty.rpartition(":")[2]:
            asked["seat_id"] = place
    show(draft, empty, "AVAILABLE")


@SEATS.broken
def each_on_the_others_seat(draft: Draft) -> None:
    """Two orders each get the seat that the other ordered; both are told that they have their own."""
    orders = draft.orders()
    one, other = draft.pick((a, b) for a in orders for b in orders if draft.seat(a) < draft.seat(b))
    for source in ("invocations", "journal", "state"):
        draft.swap(draft.seat(one), draft.seat(other), source)


@SEATS.broken
def took_a_seat_that_another_holds(draft: Draft) -> None:
    """A release answers AVAILABLE and leaves the hold; the next order's reserve finds the hold and takes the seat."""
    releases = {row["id"] for row in draft.invocations("Ticket", "release")}
    seats = {row["key"] for row in draft.invocations("Ticket", "release")}
    seat, index = draft.pick(
        (seat, index)
        for seat in sorted(seats)
        for index, row in enumerate(writes(draft, seat)[:-1])
        if row["invocation_id"] in releases
    )
    story = writes(draft, seat)
    held, freed = story[index - 1]["value"], story[index]
    for told in [row for row in draft.invocations("SeatMap", "set") if row["invoked_by_id"] == freed["invocation_id"]]:
        forget(draft, told)
    for each in copies(draft, seat, freed["value"]["version"]):
        each.update(copy.deepcopy(held))
    draft.cut_entries(lambda row: row is freed)


@SEATS.broken
def held_seat_given_to_another(draft: Draft) -> None:
    """A seat that one order holds is reserved by another, which is told that it has it."""
    seat = free(draft)
    reserve(draft, seat, draft.uuid())
    reserve(draft, seat, draft.uuid())


@SEATS.broken
def sold_seat_given_to_another(draft: Draft) -> None:
    """A sold seat is reserved by another order, which is told that it has it."""
    reserve(draft, sold(draft)[1], draft.uuid())


@SEATS.broken
def confirmed_without_a_hold(draft: Draft) -> None:
    """The reserve answers RESERVED and writes nothing; confirm sells a seat that nobody holds."""
    _, seat = sold(draft)
    story = writes(draft, seat)
    hold, sale = story[-2], story[-1]
    if hold["value"]["status"] != "RESERVED":
        raise NotHere
    found = draft.entry(draft.invocation(hold["invocation_id"]), "GetEagerState").get("value")
    reader = draft.entry(draft.invocation(sale["invocation_id"]), "GetEagerState")
    reader["value"] = found
    for callee in [row for row in draft["invocations"] if row.get("invoked_by_id") == hold["invocation_id"]]:
        forget(draft, callee)
    draft.cut_entries(lambda row: row is hold)


@SEATS.broken
def sold_to_nobody(draft: Draft) -> None:
    """The ticket is sold to no order."""
    for each in last_copies(draft, sold(draft)[1]):
        each["order_id"] = None


@SEATS.broken
def confirmed_for_another_order(draft: Draft) -> None:
    """The ticket is held for one order, and sold to one that nobody placed."""
    stranger = draft.uuid()
    for each in last_copies(draft, sold(draft)[1]):
        each["order_id"] = stranger


@SEATS.broken
def sold_in_another_round(draft: Draft) -> None:
    """Held in one round, sold in the next, and nobody ended the round."""
    for each in last_copies(draft, sold(draft)[1]):
        each["round"] += 1


@SEATS.broken
def sold_to_another_user(draft: Draft) -> None:
    """The ticket is sold to the order, in the name of somebody else than who ordered."""
    for each in last_copies(draft, sold(draft)[1]):
        each["user_id"] = "somebody-else"


@SEATS.broken
def held_for_another_user(draft: Draft) -> None:
    """From the hold on the ticket is the order's, in the name of somebody else than who ordered."""
    order, seat = sold(draft)
    for row in writes(draft, seat):
        for each in copies(draft, seat, row["value"]["version"]):
            if each["order_id"] == order:
                each["user_id"] = "somebody-else"


@SEATS.broken
def unsold_by_release(draft: Draft) -> None:
    """A release by the order that bought it frees a sold seat."""
    order, seat = sold(draft)
    step(draft, seat, "release", FREE, by_client=True, input={"order_id": order}, output={"status": "AVAILABLE"})


@SEATS.broken
def released_by_a_stranger(draft: Draft) -> None:
    """A release by an order that does not hold it frees a held seat."""
    seat = free(draft)
    reserve(draft, seat, draft.uuid())
    stranger = {"order_id": draft.uuid()}
    step(draft, seat, "release", FREE, by_client=True, input=stranger, output={"status": "AVAILABLE"})


@SEATS.broken
def release_frees_nothing(draft: Draft) -> None:
    """A release by the order that holds it answers AVAILABLE, and the seat stays held."""
    seat, order = free(draft), draft.uuid()
    reserve(draft, seat, order)
    held = copy.deepcopy(final(draft, seat))
    about = {"input": {"order_id": order}, "output": {"status": "AVAILABLE"}}
    client(draft, "Ticket", seat, "release", state="ticket", found=held, **about)


@SEATS.broken
def release_answers_another_status(draft: Draft) -> None:
    """A release frees the seat and answers that it is held."""
    seat, order = free(draft), draft.uuid()
    reserve(draft, seat, order)
    step(draft, seat, "release", FREE, by_client=True, input={"order_id": order}, output={"status": "RESERVED"})


@SEATS.broken
def unsold_by_its_timer(draft: Draft) -> None:
    """The hold's timer comes when the seat is sold, and frees it."""
    _, seat = sold(draft)
    timer = draft.pick(row for row in draft.invocations("Ticket", "expire", seat) if row["status"] == "scheduled")
    asked = draft.entry(timer, "Input").get("value") if draft.entries(timer) else None
    caller = draft.invocation(timer["invoked_by_id"])
    row = step(draft, seat, "expire", FREE, input=asked, by=caller)
    for entry in draft["journal"]:
        if entry.get("invoked_id") == timer["id"]:
            entry["invoked_id"] = row["id"]
    draft["invocations"].remove(draft.invocation(timer["id"]))
    draft["journal"] = [entry for entry in draft["journal"] if entry["invocation_id"] != timer["id"]]


@SEATS.broken
def freed_by_nobody(draft: Draft) -> None:
    """A held seat is free at the end, and nobody freed it."""
    seat = free(draft)
    reserve(draft, seat, draft.uuid())
    held = final(draft, seat) or {}
    put(draft, seat, held | FREE | {"version": held["version"] + 1})
    show(draft, seat, "AVAILABLE")


@SEATS.broken
def hold_without_a_timer(draft: Draft) -> None:
    """A seat is held, and nothing was sent that would ever end the hold; then it is bought all the same."""
    _, seat = sold(draft)
    hold = draft.invocation(writes(draft, seat)[-2]["invocation_id"])
    forget(
        draft, draft.pick(row for row in draft.invocations("Ticket", "expire") if row["invoked_by_id"] == hold["id"])
    )


@SEATS.broken
def hold_without_a_timer_at_the_end(draft: Draft) -> None:
    """A seat is held at the end without a timer."""
    reserve(draft, free(draft), draft.uuid(), timer=False)


@SEATS.broken
def timer_of_another_seat(draft: Draft) -> None:
    """The hold's timer goes to another seat's ticket."""
    timer = draft.pick(row for row in draft.invocations("Ticket", "expire") if row["status"] == "scheduled")
    other = draft.pick(seat for seat in draft.seats if seat != timer["key"])
    for row in draft["journal"]:
        if row.get("invoked_id") == timer["id"] and "target" in row:
            row["target"] = f"Ticket/{other}/expire"
    timer["key"] = other


@SEATS.broken
def version_goes_back(draft: Draft) -> None:
    """The last write of a seat has a smaller version than the one before."""
    _, seat = sold(draft)
    if writes(draft, seat)[-1]["value"]["version"] < 2:
        raise NotHere
    for each in last_copies(draft, seat):
        each["version"] = 0


@SEATS.broken
def version_stands_still(draft: Draft) -> None:
    """The sale has the version of the hold."""
    for each in last_copies(draft, sold(draft)[1]):
        each["version"] -= 1


@SEATS.broken
def final_state_of_another_order(draft: Draft) -> None:
    """The state at the end names another order than the last write."""
    (final(draft, sold(draft)[1]) or {})["order_id"] = draft.uuid()


@SEATS.broken
def final_state_is_free(draft: Draft) -> None:
    """The state at the end is free, though the last write sold it; the map agrees with the state."""
    _, seat = sold(draft)
    (final(draft, seat) or {}).update(FREE)
    show(draft, seat, "AVAILABLE")


@SEATS.broken
def final_state_is_older(draft: Draft) -> None:
    """The state at the end is the write before the last, as if the sale had been lost; the map agrees with it."""
    _, seat = sold(draft)
    put(draft, seat, writes(draft, seat)[-2]["value"])
    show(draft, seat, "RESERVED")


@SEATS.broken
def final_state_is_newer(draft: Draft) -> None:
    """The state at the end has a version that nobody wrote."""
    (final(draft, sold(draft)[1]) or {})["version"] += 1


@SEATS.broken
def two_confirms_of_one_hold(draft: Draft) -> None:
    """Two invocations of a ticket begin from the same state, and each writes: they ran side by side."""
    _, seat = sold(draft)
    hold = copy.deepcopy(writes(draft, seat)[-2]["value"])
    if hold["status"] != "RESERVED":
        raise NotHere
    put(draft, seat, hold)
    order = hold["order_id"]
    freed = {"status": "AVAILABLE"}
    step(draft, seat, "release", FREE, by_client=True, input={"order_id": order}, output=freed)
    put(draft, seat, writes(draft, seat)[-1]["value"] | {"status": "SOLD", "order_id": order})
    show(draft, seat, "SOLD")
