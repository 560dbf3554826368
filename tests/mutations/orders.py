"""Checkouts that go another way than the contract's, or end otherwise than they went; journal and answers agree."""

from __future__ import annotations

from typing import Any

from tests.mutations.calls import client, forget
from tests.mutations.draft import Draft, Row
from tests.mutations.operators import Kind
from tests.mutations.tickets import free, put, show, sold, writes

ORDERS = Kind("orders")
MESSAGES = {
    "declined": (402, "the payment was declined"), "unpaid": (408, "the payment did not arrive in time"),
    "cancelled": (410, "the order was called off"), "refunded": (424, "the payment was captured"),
    "gateway_refused": (502, "no"), "unknown_event": (404, "no"), "unknown_seat": (404, "no"),
    "order_settled": (409, "used before"), "seat_sold": (409, "Ticket already sold"),
    "seat_reserved": (409, "Ticket is currently reserved"), "own_words": (418, "no"),
}  # fmt: skip


def ends(draft: Draft, order: str, code: str, *, status: int | None = None) -> None:
    """The checkout fails with a code, wherever it says how it ended: journal, invocation, answers and status."""
    http, sentence = MESSAGES[code]
    run, message = draft.run(order), f"{code}: {sentence}"
    output = draft.entry(run, "Output")
    output.pop("value", None)
    output["failure"] = {"code": http, "message": message}
    run |= {"result": "failure", "failure": f"[{http}] {message}"}
    for event in draft.events(f"Checkout/{order}/run"):
        if event["type"] in ("ok", "fail") or "conclusion" in event:
            event.pop("output", None)
            event |= {"status": status or http, "code": code, "message": message}
            event["conclusion" if "conclusion" in event else "type"] = "fail"
    for each in stages(draft, order):
        if each["stage"] in ("CONFIRMED", "FAILED"):
            each |= {"stage": "FAILED", "error": {"code": code, "message": sentence}}


def succeeds(draft: Draft, order: str, charge_id: str) -> None:
    """The checkout is confirmed, wherever it says how it ended."""
    asked, run = draft.input(order), draft.run(order)
    booking = {"order_id": order, "event_id": asked["event_id"], "seat_id": asked["seat_id"], "round": 1,
               "amount_cents": 4200, "status": "CONFIRMED", "charge_id": charge_id}  # fmt: skip
    output = draft.entry(run, "Output")
    output.pop("failure", None)
    output["value"] = booking
    run.pop("failure", None)
    run["result"] = "success"
    for event in draft.events(f"Checkout/{order}/run", "fail"):
        for name in ("code", "message"):
            event.pop(name, None)
        event |= {"type": "ok", "status": 200, "output": dict(booking)}
    for each in stages(draft, order):
        if each["stage"] in ("CONFIRMED", "FAILED"):
            each |= {"stage": "CONFIRMED", "error": None, "charge_id": charge_id}


def stages(draft: Draft, order: str) -> list[Row]:
    """Every copy of an order's status: in its state, in answers and in the final read."""
    mine = {row["id"] for row in draft.invocations("Checkout", key=order)}
    rows: list[Any] = [row.get("value") for row in draft["journal"] if row["invocation_id"] in mine]
    rows += [row["value"] for row in draft["state"] if (row["service"], row["object_key"]) == ("Checkout", order)]
    rows += [row.get("output") for row in draft.events(f"Checkout/{order}/status")]
    rows.append(draft.views.get(f"Checkout/{order}/status"))
    return [each for each in rows if isinstance(each, dict) and "stage" in each]


def read_stages(draft: Draft, order: str) -> list[Row]:
    """The final read of an order's status, and the journaled output of that."""
    view = draft.pick([each for each in [draft.views.get(f"Checkout/{order}/status")] if isinstance(each, dict)])
    outputs = [row["value"] for read in draft.invocations("Checkout", "status", order)
               for row in [draft.entry(read, "Output")] if "value" in row]  # fmt: skip
    return [view, *outputs]


def viewed(draft: Draft, *codes: str) -> str:
    """An order that failed, with one of the codes if there are any, and whose status was read at the end."""
    orders = [order for code in codes for order in draft.orders(code)] if codes else draft.failed()
    return draft.pick(order for order in orders if f"Checkout/{order}/status" in draft.views)


def move(draft: Draft, run: Row, first: list[Row], before: Row) -> None:
    """Journal entries that come before another."""
    draft["journal"] = [row for row in draft["journal"] if not any(row is each for each in first)]
    at = next(index for index, row in enumerate(draft["journal"]) if row is before)
    draft["journal"][at:at] = first
    draft.reindex(run["id"])


def step(draft: Draft, run: Row, type_: str, name: str) -> list[Row]:
    """A step of a saga: its command, and what answers it."""
    command = draft.entry(run, type_, name)
    mine = [
        row for row in draft.entries(run) if row is command or row.get("invoked_id") == command.get("invoked_id", "")
    ]
    if type_ != "OneWayCall":
        mine.append(draft.completion(command))
    return sorted({id(row): row for row in mine}.values(), key=lambda row: int(row["index"]))


# --- the way forward -------------------------------------------------------------------------------------------------


@ORDERS.broken
def confirmed_before_it_was_charged(draft: Draft) -> None:
    """The checkout confirms the seat, and charges afterwards."""
    run = draft.run(draft.pick(draft.orders()))
    move(draft, run, step(draft, run, "Call", "confirm"), draft.entry(run, "Run", "charge"))


@ORDERS.broken
def charged_before_it_was_reserved(draft: Draft) -> None:
    """The checkout charges, and reserves the seat afterwards."""
    run = draft.run(draft.pick(draft.orders()))
    move(draft, run, step(draft, run, "Run", "charge"), draft.entry(run, "Call", "reserve"))


@ORDERS.broken
def notified_before_it_was_confirmed(draft: Draft) -> None:
    """The checkout sends the notification, and confirms the seat afterwards."""
    run = draft.run(draft.pick(draft.orders()))
    move(draft, run, step(draft, run, "OneWayCall", "notify"), draft.entry(run, "Call", "confirm"))


@ORDERS.broken
def confirmed_without_reserving(draft: Draft) -> None:
    """The checkout never asks for the seat: neither call nor ticket's invocation are there, nor the hold."""
    order, _ = sold(draft)
    call = draft.entry(draft.run(order), "Call", "reserve")
    forget(draft, draft.invocation(call["invoked_id"]))


@ORDERS.broken
def confirmed_without_charging(draft: Draft) -> None:
    """The checkout has no run `charge`, and the gateway no attempt; it is confirmed all the same."""
    order = draft.pick(draft.orders())
    charge = step(draft, draft.run(order), "Run", "charge")
    draft.cut_entries(lambda row: any(row is each for each in charge))
    draft.drop("gateway", lambda row: row.get("case") == order)
    draft.renumber("gateway")


@ORDERS.broken
def confirmed_without_confirming(draft: Draft) -> None:
    """The checkout never confirms the seat, which stays held; it says that it is confirmed."""
    order, seat = sold(draft)
    hold = writes(draft, seat)[-2]["value"]
    forget(draft, draft.invocation(draft.entry(draft.run(order), "Call", "confirm")["invoked_id"]))
    put(draft, seat, hold)
    show(draft, seat, "RESERVED")


@ORDERS.broken
def confirmed_though_confirm_failed(draft: Draft) -> None:
    """Confirm answers that the order does not hold the seat; the checkout says that it is confirmed."""
    order, seat = sold(draft)
    call = draft.entry(draft.run(order), "Call", "confirm")
    confirm = draft.invocation(call["invoked_id"])
    for told in [row for row in draft["invocations"] if row.get("invoked_by_id") == confirm["id"]]:
        forget(draft, told)
    draft.cut_entries(lambda row: row["invocation_id"] == confirm["id"] and row["type"] == "SetState")
    fails(draft, call, 409, "not_held: this order does not hold it")
    put(draft, seat, writes(draft, seat)[-1]["value"])
    show(draft, seat, "RESERVED")


def fails(draft: Draft, call: Row, code: int, message: str) -> None:
    """A call fails, at the callee and at the caller."""
    callee = draft.invocation(call["invoked_id"])
    callee |= {"result": "failure", "failure": f"[{code}] {message}"}
    for row in (draft.entry(callee, "Output"), draft.completion(call)):
        row.pop("value", None)
        row["failure"] = {"code": code, "message": message}


@ORDERS.broken
def confirmed_though_the_charge_failed(draft: Draft) -> None:
    """The gateway declines the card, the run `charge` says so, and the checkout goes on."""
    order = draft.pick(draft.orders())
    answered = draft.completion(draft.entry(draft.run(order), "Run", "charge"))
    answered.pop("value", None)
    answered["failure"] = {"code": 402, "message": "declined: the payment was declined"}
    for row in [row for row in draft["gateway"] if row.get("case") == order]:
        if row.get("effect") in ("capture", "pending"):
            row["effect"] = "fail"
        elif row["kind"] == "answer" and row["method"] == "POST":
            row |= {"status": 402, "detail": "card_declined"}


@ORDERS.broken
def declined_and_confirmed(draft: Draft) -> None:
    """A declined order's client, journal and status say that it is confirmed; all else stays."""
    order = draft.pick(draft.orders("declined"))
    capture = draft.pick(row for row in draft["gateway"] if row.get("case") == order and row.get("charge_id"))
    succeeds(draft, order, capture["charge_id"])


# --- ends without a cause --------------------------------------------------------------------------------------------


def ended(code: str) -> Any:
    """An order that was confirmed ends with a code for which there is no cause; neither seat nor money goes back."""

    def end(draft: Draft) -> None:
        ends(draft, sold(draft)[0], code)

    end.__name__ = f"confirmed_and_told_{code}"
    end.__doc__ = f"A confirmed order's client, journal and status say {code}; seat, money and mail stay as they were."
    return end


for _code in MESSAGES:
    ORDERS.broken(ended(_code))


def early(code: str) -> Any:
    """An order that failed early fails with another code, for which there is no cause."""

    def end(draft: Draft) -> None:
        order = draft.pick(order for other in ("declined", "unpaid") if other != code for order in draft.orders(other))
        ends(draft, order, code)

    end.__name__ = f"failed_and_told_{code}"
    end.__doc__ = (
        f"An order that was declined or unpaid says {code} wherever it says how it ended; nothing else changes."
    )
    return end


for _code in sorted(MESSAGES.keys() - {"refunded", "gateway_refused"}):
    ORDERS.broken(early(_code))


def new(code: str) -> Any:
    """A new order, of a free seat, that is refused at once."""

    def end(draft: Draft) -> None:
        event, _, seat_id = free(draft).rpartition(":")
        asked = {
            "user_id": "user-late",
            "event_id": event,
            "seat_id": seat_id,
            "payment_token": "hmac:0123456789ab",
            "payment": "direct",
        }
        http, sentence = MESSAGES[code]
        order = draft.uuid()
        client(draft, "Checkout", order, "run", input=asked, failure=(http, f"{code}: {sentence}"))
        draft.meta["cases"].append(order)

    end.__name__ = f"new_order_told_{code}"
    end.__doc__ = f"An order of a free seat of an open event is refused at once with {code}, and asked nobody."
    return end


for _code in sorted(MESSAGES):
    ORDERS.broken(new(_code))
