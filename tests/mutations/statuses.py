"""Answers about an order that lie: bookings, codes, statuses and cancels, in one place or in all."""

from __future__ import annotations

import copy
from typing import Any

from tests.mutations.calls import client
from tests.mutations.draft import Draft, NotHere
from tests.mutations.operators import Kind
from tests.mutations.orders import ends, read_stages, stages, succeeds, viewed

STATUSES = Kind("statuses")


# --- what a booking says ---------------------------------------------------------------------------------------------


def booked(name: str, value: Any) -> Any:
    """A booking says something else than what was bought, wherever it stands."""

    def lie(draft: Draft) -> None:
        for each in draft.bookings(draft.pick(draft.orders())):
            each[name] = value(each[name]) if callable(value) else value

    lie.__name__ = f"booking_says_another_{name}"
    lie.__doc__ = f"A booking's answer, journal and register have another {name} than was ordered, sold or captured."
    return lie


for _name, _value in (
    ("order_id", "4c1d93a8-6a1c-4f5f-8d2d-5a0c7a1f0001"),
    ("event_id", "another-event"),
    ("seat_id", "Q7"),
    ("round", lambda value: value + 1),
    ("amount_cents", lambda value: value + 1),
    ("charge_id", "ch_0000000000000000"),
    ("status", "PENDING"),
):
    STATUSES.broken(booked(_name, _value))


def told(name: str, value: Any) -> Any:
    """A client is told something else than the journal has."""

    def lie(draft: Draft) -> None:
        order = draft.pick(draft.orders())
        answers = [row["output"] for row in draft.events(f"Checkout/{order}/run") if "output" in row]
        each = draft.pick(answers)
        each[name] = value(each[name]) if callable(value) else value

    lie.__name__ = f"client_told_another_{name}"
    lie.__doc__ = f"A client is told another {name} than the journal has."
    return lie


for _name, _value in (
    ("seat_id", "Q7"),
    ("amount_cents", lambda value: value - 1),
    ("charge_id", "ch_0000000000000000"),
    ("round", lambda value: value + 1),
):
    STATUSES.broken(told(_name, _value))


@STATUSES.broken
def client_told_another_code(draft: Draft) -> None:
    """A client is told another code than the journal has."""
    row = draft.pick(row for row in draft["history"] if row["type"] == "fail" and row["target"].endswith("/run"))
    row |= {"code": "gateway_refused", "status": 502, "message": "gateway_refused: no"}


@STATUSES.broken
def client_told_another_http_status(draft: Draft) -> None:
    """A client is told the right code with another HTTP status; the journal too."""
    order = draft.pick(draft.failed())
    run = draft.run(order)
    failure = draft.entry(run, "Output")["failure"]
    failure["code"] = 500
    run["failure"] = f"[500] {failure['message']}"
    for row in draft.events(f"Checkout/{order}/run", "fail"):
        row["status"] = 500


@STATUSES.broken
def failure_without_a_code(draft: Draft) -> None:
    """A checkout fails with a sentence of its own, without the contract's code, in answer and journal."""
    order = draft.pick(draft.failed())
    run = draft.run(order)
    failure = draft.entry(run, "Output")["failure"]
    failure["message"] = "Something went wrong"
    run["failure"] = f"[{failure['code']}] Something went wrong"
    for row in draft.events(f"Checkout/{order}/run", "fail"):
        row |= {"message": "Something went wrong", "code": "unclear", "type": "info"}


@STATUSES.broken
def client_told_it_failed(draft: Draft) -> None:
    """A confirmed order's client is told that it was declined; journal, seat and money say that it is confirmed."""
    order = draft.pick(draft.orders())
    row = draft.pick(draft.events(f"Checkout/{order}/run", "ok"))
    row.pop("output")
    row |= {"type": "fail", "status": 402, "code": "declined", "message": "declined: the payment was declined"}


@STATUSES.broken
def client_told_it_was_confirmed(draft: Draft) -> None:
    """A failed order's client is told that it is confirmed; journal, seat and money say that it failed."""
    order = draft.pick(draft.failed())
    run, before = draft.run(order), draft.entry(draft.run(order), "Output")
    kept, failure, invocation = dict(before), before["failure"], dict(run)
    succeeds(draft, order, "ch_0000000000000000")
    before.clear()
    before.update({**kept, "failure": failure})
    run.update(invocation)


# --- what a status says ----------------------------------------------------------------------------------------------


@STATUSES.broken
def status_says_confirmed_of_a_failed_order(draft: Draft) -> None:
    """The status of a failed order says at the end that it is confirmed."""
    for each in read_stages(draft, viewed(draft)):
        each |= {"stage": "CONFIRMED", "error": None}


@STATUSES.broken
def state_says_confirmed_of_a_failed_order(draft: Draft) -> None:
    """The status of a failed order, and its state from the first on, says that it is confirmed."""
    for each in stages(draft, viewed(draft)):
        each |= {"stage": "CONFIRMED", "error": None, "compensations": []}


@STATUSES.broken
def status_says_failed_of_a_confirmed_order(draft: Draft) -> None:
    """A client asks for the status of a confirmed order, and is told that it failed."""
    order = draft.pick(draft.orders())
    said = {"stage": "FAILED", "charge_id": None, "error": {"code": "declined", "message": "no"}, "compensations": []}
    client(draft, "Checkout", order, "status", output=said)


@STATUSES.broken
def status_says_paying_when_all_is_over(draft: Draft) -> None:
    """A client asks for the status of a confirmed order, and is told that it is being paid for."""
    said = {"stage": "PAYING", "charge_id": None, "error": None, "compensations": []}
    client(draft, "Checkout", draft.pick(draft.orders()), "status", output=said)


@STATUSES.broken
def status_says_another_code(draft: Draft) -> None:
    """The status of a failed order says another code than it ended with."""
    for each in read_stages(draft, viewed(draft)):
        each["error"] = {"code": "gateway_refused", "message": "no"}


@STATUSES.broken
def status_says_no_error(draft: Draft) -> None:
    """The status of a failed order has no error."""
    for each in read_stages(draft, viewed(draft)):
        each["error"] = None


@STATUSES.broken
def status_names_another_charge(draft: Draft) -> None:
    """A client asks for the status of a confirmed order, and is told a charge that is not the order's."""
    order = draft.pick(draft.orders())
    said = {"stage": "CONFIRMED", "charge_id": "ch_0000000000000000", "error": None, "compensations": []}
    client(draft, "Checkout", order, "status", output=said)


@STATUSES.broken
def status_says_failed_of_what_was_done(draft: Draft) -> None:
    """The status says that a compensation failed which was done."""
    done = [done for each in read_stages(draft, viewed(draft)) for done in each["compensations"]]
    for each in draft.pick([done] if done else []):
        each |= {"outcome": "failed", "detail": "gateway_refused: no"}


@STATUSES.broken
def status_says_done_of_what_failed(draft: Draft) -> None:
    """The status says that a compensation was done which failed: nobody will give the money back."""
    failed = [
        done
        for order in draft.failed()
        if f"Checkout/{order}/status" in draft.views
        for each in stages(draft, order)
        for done in each["compensations"]
        if done["outcome"] == "failed"
    ]
    for each in draft.pick([failed] if failed else []):
        each |= {"outcome": "done", "detail": "refunded"}


@STATUSES.broken
def status_lists_what_never_ran(draft: Draft) -> None:
    """The status of a declined order lists a refund, of which there is no run and no attempt."""
    for each in read_stages(draft, viewed(draft, "declined", "unpaid", "cancelled")):
        each["compensations"].insert(0, {"name": "refund", "outcome": "done", "detail": "refunded"})


@STATUSES.broken
def status_leaves_out_what_was_done(draft: Draft) -> None:
    """The status of a failed order lists none of its compensations."""
    order = viewed(draft)
    if not any(each["compensations"] for each in read_stages(draft, order)):
        raise NotHere
    for each in read_stages(draft, order):
        each["compensations"] = []


@STATUSES.broken
def status_of_an_order_that_nobody_placed(draft: Draft) -> None:
    """A client asks for the status of an order that nobody placed, and is told that it is confirmed."""
    said = {"stage": "CONFIRMED", "charge_id": "ch_0000000000000000", "error": None, "compensations": []}
    client(draft, "Checkout", draft.uuid(), "status", output=said)


@STATUSES.broken
def status_is_unknown_of_a_placed_order(draft: Draft) -> None:
    """A client asks for the status of a confirmed order, and is told that it is unknown."""
    why = (404, "unknown_order: no order of this id was placed")
    client(draft, "Checkout", draft.pick(draft.orders()), "status", failure=why)


# --- what a cancel says ----------------------------------------------------------------------------------------------


def cancels(draft: Draft, order: str, accepted: bool) -> None:
    """Every answer to a cancel of an order, in history and journal."""
    for row in draft.events(f"Checkout/{order}/cancel", "ok"):
        row["output"] = {"accepted": accepted}
    for cancel in draft.invocations("Checkout", "cancel", order):
        draft.entry(cancel, "Output")["value"] = {"accepted": accepted}


@STATUSES.broken
def cancel_accepted_of_a_confirmed_order(draft: Draft) -> None:
    """A cancel of an order that is confirmed says that it is accepted."""
    client(draft, "Checkout", draft.pick(draft.orders()), "cancel", output={"accepted": True})


@STATUSES.broken
def cancel_accepted_of_a_declined_order(draft: Draft) -> None:
    """A cancel of an order that was declined says that it is accepted."""
    client(draft, "Checkout", draft.pick(draft.orders("declined")), "cancel", output={"accepted": True})


@STATUSES.broken
def cancel_refused_of_a_cancelled_order(draft: Draft) -> None:
    """The only cancel of an order says that it is refused, and the order ends cancelled."""
    cancels(draft, draft.pick(draft.orders("cancelled")), False)


@STATUSES.broken
def cancelled_by_nobody(draft: Draft) -> None:
    """An order ends cancelled, and nobody asked for that; seat and money are settled as for a decline."""
    order = draft.pick(draft.orders("declined"))
    ends(draft, order, "cancelled")


@STATUSES.broken
def cancelled_and_told_declined(draft: Draft) -> None:
    """An order whose cancel was accepted ends declined."""
    ends(draft, draft.pick(draft.orders("cancelled")), "declined")


@STATUSES.broken
def cancelled_and_confirmed(draft: Draft) -> None:
    """An order whose cancel was accepted says that it is confirmed."""
    succeeds(draft, draft.pick(draft.orders("cancelled")), "ch_0000000000000000")


@STATUSES.broken
def cancel_answers_twice_differently(draft: Draft) -> None:
    """A cancelled order is cancelled again by its client, and says that this was refused."""
    client(draft, "Checkout", draft.pick(draft.orders("cancelled")), "cancel", output={"accepted": False})


@STATUSES.broken
def resubmitted_and_told_otherwise(draft: Draft) -> None:
    """A confirmed order is placed again, with the same input, and is told of another charge."""
    order = draft.pick(draft.orders())
    asked, answer = copy.deepcopy(draft.input(order)), copy.deepcopy(draft.bookings(order)[0])
    client(draft, "Checkout", order, "run", input=asked, output=answer | {"charge_id": "ch_0000000000000000"})


@STATUSES.broken
def resubmitted_with_other_input_and_booked(draft: Draft) -> None:
    """A confirmed order is placed again for another seat, and is told of its booking."""
    order = draft.pick(draft.orders())
    asked = copy.deepcopy(draft.input(order)) | {"seat_id": "Q7"}
    client(draft, "Checkout", order, "run", input=asked, output=copy.deepcopy(draft.bookings(order)[0]))


@STATUSES.broken
def failed_order_placed_again_and_booked(draft: Draft) -> None:
    """A failed order is placed again, and is told that it is confirmed."""
    order = draft.pick(draft.failed())
    asked = copy.deepcopy(draft.input(order))
    answer = {"order_id": order, "event_id": asked["event_id"], "seat_id": asked["seat_id"], "round": 1,
              "amount_cents": 4200, "status": "CONFIRMED", "charge_id": "ch_0000000000000000"}  # fmt: skip
    client(draft, "Checkout", order, "run", input=asked, output=answer)
