"""Checkouts that fail and leave something behind, or undo it in another order than the contract's."""

from __future__ import annotations

from tests.mutations.calls import forget, uncall
from tests.mutations.draft import Draft, NotHere, Row
from tests.mutations.operators import Kind
from tests.mutations.orders import move, stages, step
from tests.mutations.tickets import FREE, put, show, writes

UNDOING = Kind("undoing")


@UNDOING.broken
def released_before_the_money_was_settled(draft: Draft) -> None:
    """The checkout releases the seat, and voids or refunds afterwards."""
    run = draft.run(draft.pick(draft.failed()))
    money = [row for row in draft.entries(run) if row["type"] == "Run" and row.get("name") in ("void", "refund")]
    move(draft, run, step(draft, run, "Call", "release"), draft.pick(money))


@UNDOING.broken
def declined_and_never_voided(draft: Draft) -> None:
    """A declined order has neither the run `void` nor an attempt of it; its status lists none."""
    without_money(draft, draft.pick(draft.orders("declined")), "void")


@UNDOING.broken
def unpaid_and_never_voided(draft: Draft) -> None:
    """An unpaid order has neither the run `void` nor an attempt of it; its status lists none."""
    without_money(draft, draft.pick(draft.orders("unpaid")), "void")


@UNDOING.broken
def captured_and_never_refunded(draft: Draft) -> None:
    """An order whose seat could not be confirmed has neither the run `refund` nor an attempt of it."""
    without_money(draft, draft.pick(draft.orders("refunded")), "refund")


def without_money(draft: Draft, order: str, name: str) -> None:
    """An order whose money was never settled, as if its app had forgotten to."""
    undone = step(draft, draft.run(order), "Run", name)
    draft.cut_entries(lambda row: any(row is each for each in undone))
    draft["gateway"] = [row for row in draft["gateway"] if row.get("case") != order or row["path"] != f"/v1/{name}s"]
    if name == "refund":
        captured = {row["charge_id"] for row in draft["gateway"] if row.get("case") == order and "charge_id" in row}
        draft["gateway"] = [
            row for row in draft["gateway"] if row["path"] != "/v1/refunds" or not _of(draft, row, captured)
        ]
    draft.renumber("gateway")
    for each in stages(draft, order):
        each["compensations"] = [done for done in each["compensations"] if done["name"] != name]


def _of(draft: Draft, row: Row, charges: set[str]) -> bool:
    mine = {each["attempt"] for each in draft["gateway"] if each.get("charge_id") in charges}
    return row["attempt"] in mine


@UNDOING.broken
def failed_and_never_released(draft: Draft) -> None:
    """A failed order never releases its seat, which stays held; its status lists no release."""
    order = draft.pick(draft.failed())
    call = draft.entry(draft.run(order), "Call", "release")
    release = draft.invocation(call["invoked_id"])
    freed = [row for row in draft.entries(release) if row["type"] == "SetState"]
    seat = draft.seat(order)
    if not freed or writes(draft, seat)[-1] is not freed[0]:
        raise NotHere
    held = writes(draft, seat)[-2]["value"]
    forget(draft, release)
    put(draft, seat, held)
    show(draft, seat, "RESERVED")
    for each in stages(draft, order):
        each["compensations"] = [done for done in each["compensations"] if done["name"] != "release"]


@UNDOING.broken
def never_released_and_timed_out(draft: Draft) -> None:
    """A failed order never releases its seat; its timer does, later."""
    order = draft.pick(draft.failed())
    call = draft.entry(draft.run(order), "Call", "release")
    release = draft.invocation(call["invoked_id"])
    if not [row for row in draft.entries(release) if row["type"] == "SetState"]:
        raise NotHere
    reserve = draft.entry(draft.run(order), "Call", "reserve")["invoked_id"]
    uncall(draft, release)
    release |= {"handler": "expire", "invoked_by_id": reserve}
    timer = draft.pick(row for row in draft.invocations("Ticket", "expire") if row.get("invoked_by_id") == reserve)
    asked = draft.entries(timer)[0].get("value") if draft.entries(timer) else None
    draft.entry(release, "Input")["value"] = asked
    draft.entry(release, "Output").pop("value", None)
    for row in draft["journal"]:
        if row.get("invoked_id") == timer["id"]:
            row["invoked_id"] = release["id"]
    draft["invocations"] = [row for row in draft["invocations"] if row["id"] != timer["id"]]
    draft["journal"] = [row for row in draft["journal"] if row["invocation_id"] != timer["id"]]
    for each in stages(draft, order):
        each["compensations"] = [done for done in each["compensations"] if done["name"] != "release"]


@UNDOING.broken
def charge_answered_with_another_charge(draft: Draft) -> None:
    """The run `charge`, and all that comes from it, names a charge that the gateway never made."""
    order = draft.pick(draft.orders())
    old = draft.bookings(order)[0]["charge_id"]
    for source in ("journal", "history", "state"):
        draft.replace(old, "ch_0000000000000000", source)


@UNDOING.broken
def freed_and_still_the_orders(draft: Draft) -> None:
    """A released seat is free, and at the end it is sold to the order that failed."""
    order = draft.pick(draft.failed())
    seat = draft.seat(order)
    last = writes(draft, seat)[-1]["value"]
    if last["status"] != "AVAILABLE":
        raise NotHere
    put(draft, seat, {**last, **FREE, "status": "SOLD", "order_id": order, "version": last["version"] + 1})
    show(draft, seat, "SOLD")
