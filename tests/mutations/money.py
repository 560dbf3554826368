"""A gateway's ledger with what no contract allows: captures, refunds, keys and amounts, attempts that nobody made."""

from __future__ import annotations

from typing import Any

from tests.mutations.draft import Draft, NotHere, Row
from tests.mutations.operators import Kind
from tests.mutations.orders import stages

MONEY = Kind("money")
DECLINED = {
    "effect": {"effect": "fail", "detail": "card_declined"},
    "answer": {"status": 402, "detail": "card_declined"},
}
CAPTURED = {"effect": {"effect": "capture"}, "answer": {"status": 200}}


def effect(draft: Draft, name: str, order: str | None = None) -> Row:
    """A row of the gateway's by which something took effect."""
    return draft.pick(row for row in draft["gateway"] if row.get("effect") == name and order in (None, row.get("case")))


def capture(draft: Draft) -> Row:
    """The capture of an order that is confirmed, made by the attempt that asked for it."""
    confirmed = draft.orders()
    rows = [row for row in draft["gateway"] if row.get("effect") == "capture" and row.get("case") in confirmed]
    return draft.pick(row for row in rows if _asked(draft, row)["path"] == "/v1/charges")


def _asked(draft: Draft, row: Row) -> Row:
    return draft.pick(each for each in draft["gateway"] if each["row"] == row["attempt"])


def answered_capture(draft: Draft) -> Row:
    """A capture whose attempt was answered at once."""
    rows = draft["gateway"]
    told = {row["attempt"] for row in rows if row["kind"] == "answer" and row.get("status") == 200}
    confirmed = draft.orders()
    return draft.pick(
        row for row in rows
        if row.get("effect") == "capture" and row["attempt"] in told and row.get("case") in confirmed
    )  # fmt: skip


@MONEY.broken
def captured_twice_under_another_key(draft: Draft) -> None:
    """A confirmed order is charged once more, under a key of its own, and captured again."""
    row = answered_capture(draft)
    draft.attempt("gateway", row, key=draft.fresh("again:"), charge_id="ch_0000000000000000")


@MONEY.broken
def captured_twice_under_its_key(draft: Draft) -> None:
    """A confirmed order is charged once more, under the same key, and captured again."""
    draft.attempt("gateway", answered_capture(draft), charge_id="ch_0000000000000000", number=2)


@MONEY.broken
def captured_twice_and_refunded_once(draft: Draft) -> None:
    """A confirmed order is captured under another key, and that is refunded: nobody has lost anything."""
    row = answered_capture(draft)
    order, key = row["case"], draft.fresh("again:")
    draft.attempt("gateway", row, key=key, charge_id="ch_0000000000000000")
    draft.attempt("gateway", row, path="/v1/refunds", key=f"refund:{order}", effect="refund",
                  charge_id="ch_0000000000000000", refund_id="re_0000000000000000")  # fmt: skip


@MONEY.broken
def captured_for_nobody(draft: Draft) -> None:
    """An order that nobody placed is captured."""
    order = draft.uuid()
    draft.attempt(
        "gateway", answered_capture(draft), key=f"charge:{order}", case=order, charge_id="ch_0000000000000000"
    )


@MONEY.broken
def captured_for_no_order(draft: Draft) -> None:
    """A charge without an order is captured."""
    draft.attempt("gateway", answered_capture(draft), key=draft.fresh("x:"), case=None, charge_id="ch_0000000000000000")


@MONEY.broken
def asked_for_nobody(draft: Draft) -> None:
    """A charge of an order that nobody placed arrives, and is declined."""
    order = draft.uuid()
    rows = draft.attempt("gateway", answered_capture(draft), key=f"charge:{order}", case=order, charge_id="ch_0")
    for row in rows:
        row.update(DECLINED.get(row["kind"], {}))


@MONEY.broken
def captured_the_order_of_another(draft: Draft) -> None:
    """Two orders' captures change places."""
    rows = [row for row in draft["gateway"] if row.get("effect") == "capture" and row.get("case") in draft.orders()]
    one, other = draft.pick((a, b) for a in rows for b in rows if a["case"] != b["case"])
    one["charge_id"], other["charge_id"] = other["charge_id"], one["charge_id"]


def captured_otherwise(name: str, value: Any) -> Any:
    """The ledger has a capture that is not the price's."""

    def lie(draft: Draft) -> None:
        row = capture(draft)
        for each in draft["gateway"]:
            if each.get("charge_id") == row["charge_id"] and name in each:
                each[name] = value(each[name]) if callable(value) else value

    lie.__name__ = f"captured_another_{name}" + (f"_{value(100)}" if callable(value) else "")
    lie.__doc__ = f"The gateway captured another {name} than the event's price; the answer says the price."
    return lie


for _name, _value in (
    ("amount_cents", lambda value: value + 1),
    ("amount_cents", lambda value: value - 1),
    ("amount_cents", lambda _: 0),
    ("currency", "USD"),
):
    MONEY.broken(captured_otherwise(_name, _value))


@MONEY.broken
def captured_and_answered_one_cent_more(draft: Draft) -> None:
    """The gateway captured a cent more than the event's price, and answer, journal and register say so too."""
    row = capture(draft)
    amount = row["amount_cents"] + 1
    for each in draft["gateway"]:
        if each.get("charge_id") == row["charge_id"] and "amount_cents" in each:
            each["amount_cents"] = amount
    for each in draft.bookings(row["case"]):
        each["amount_cents"] = amount


@MONEY.noticed
def captured_without_a_currency(draft: Draft) -> None:
    """The gateway captured an amount of no currency."""
    capture(draft).pop("currency")


@MONEY.broken
def charged_in_another_currency_everywhere(draft: Draft) -> None:
    """Every charge of the run is in another currency than its event's."""
    rows = [row for row in draft["gateway"] if "currency" in row]
    for row in draft.pick([rows] if rows else []):
        row["currency"] = "USD"


@MONEY.broken
def charge_key_of_its_own_making(draft: Draft) -> None:
    """All attempts of an order have one key that does not follow the contract's rule."""
    order = capture(draft)["case"]
    draft.replace(f"charge:{order}", f"pay-{order}", "gateway")


@MONEY.broken
def charge_keys_of_their_own_making(draft: Draft) -> None:
    """All charges of the run have keys that do not follow the contract's rule."""
    draft.pick(row for row in draft["gateway"] if str(row.get("key")).startswith("charge:"))
    draft.replace("charge:", "pay:", "gateway")


@MONEY.broken
def charge_key_of_another_order(draft: Draft) -> None:
    """An order is charged under the key of another, which was never charged itself."""
    order = capture(draft)["case"]
    draft.replace(f"charge:{order}", f"charge:{draft.uuid()}", "gateway")


@MONEY.broken
def fresh_charge_key_on_a_retry(draft: Draft) -> None:
    """An order is charged under a key of its own before the attempt that was captured; that was answered 503."""
    row = answered_capture(draft)
    rows = draft.attempt("gateway", row, key=draft.fresh("charge:"), charge_id="ch_0000000000000000")
    draft["gateway"] = [each for each in draft["gateway"] if not any(each is one for one in rows)]
    kept = [one | {"status": 503} if one["kind"] == "answer" else one for one in rows if one["kind"] != "effect"]
    at = draft["gateway"].index(_asked(draft, row))
    draft["gateway"][at:at] = [one | {"row": 9_000 + n, "attempt": 9_000} for n, one in enumerate(kept)]
    draft.renumber("gateway")


def another_refund(draft: Draft, name: str) -> Row:
    """The effect by which an order was given its money back, by that path."""
    paths = {row["attempt"] for row in draft["gateway"] if row["kind"] == "arrival" and row["path"] == f"/v1/{name}"}
    return draft.pick(row for row in draft["gateway"] if row["attempt"] in paths and row["kind"] == "effect")


@MONEY.broken
def refund_key_of_its_own_making(draft: Draft) -> None:
    """A refund has a key that does not follow the contract's rule."""
    key = another_refund(draft, "refunds")["key"]
    draft.replace(key, draft.fresh("back:"), "gateway")


@MONEY.broken
def refund_under_the_charges_key(draft: Draft) -> None:
    """A refund has the key of the charge."""
    key = another_refund(draft, "refunds")["key"]
    draft.replace(key, key.replace("refund:", "charge:"), "gateway")


@MONEY.broken
def fresh_refund_key_on_a_retry(draft: Draft) -> None:
    """A refund is asked for once more, under a key of its own, and answered that it was refunded already."""
    row = another_refund(draft, "refunds")
    rows = draft.attempt("gateway", row, key=draft.fresh("refund:"))
    draft["gateway"] = [
        each for each in draft["gateway"] if each["kind"] != "effect" or each["attempt"] != rows[0]["row"]
    ]
    draft["gateway"][-1] |= {"status": 409, "detail": "already_refunded"}
    draft.renumber("gateway")


@MONEY.broken
def refunded_twice(draft: Draft) -> None:
    """A capture is refunded twice, under two keys: more money goes back than came."""
    row = draft.pick(row for row in draft["gateway"] if row.get("effect") == "refund")
    draft.attempt("gateway", row, key=draft.fresh("refund:"), refund_id="re_0000000000000000")


@MONEY.broken
def refunded_a_confirmed_order(draft: Draft) -> None:
    """A confirmed order is refunded, as if its app had asked for it; it keeps seat and mail."""
    row = answered_capture(draft)
    draft.attempt("gateway", row, path="/v1/refunds", key=f"refund:{row['case']}", effect="refund",
                  refund_id="re_0000000000000000")  # fmt: skip


@MONEY.broken
def voided_a_confirmed_order(draft: Draft) -> None:
    """A confirmed order is voided, which refunds it; it keeps seat and mail."""
    draft.attempt(
        "gateway", answered_capture(draft), path="/v1/voids", effect="refund", refund_id="re_0000000000000000"
    )


@MONEY.noticed
def refunded_another_amount(draft: Draft) -> None:
    """A refund gives back a cent less than was captured."""
    effect(draft, "refund")["amount_cents"] -= 1


@MONEY.broken
def refunded_another_charge(draft: Draft) -> None:
    """A refund names a charge that was never captured; the capture stands."""
    row = effect(draft, "refund")
    row["charge_id"] = "ch_0000000000000000"


@MONEY.noticed
def refunded_without_an_attempt(draft: Draft) -> None:
    """The gateway refunds a confirmed order by itself: there is the effect, and no attempt that asked for it."""
    row = answered_capture(draft)
    draft["gateway"].append(
        {**row, "effect": "refund", "refund_id": "re_0000000000000000", "row": len(draft["gateway"]) + 1}
    )


@MONEY.broken
def voided_under_another_orders_key(draft: Draft) -> None:
    """The void of an order settles the key of one that nobody placed."""
    row = another_refund(draft, "voids")
    if row["effect"] != "bar":
        raise NotHere
    stranger = draft.uuid()
    for each in draft["gateway"]:
        if each["attempt"] == row["attempt"]:
            each["key"] = f"charge:{stranger}"
            each.pop("case", None)


@MONEY.broken
def void_for_nobody(draft: Draft) -> None:
    """A void of an order that nobody placed arrives, and bars its key."""
    row, order = another_refund(draft, "voids"), draft.uuid()
    rows = draft.attempt("gateway", row, key=f"charge:{order}", case=None, charge_id=None, refund_id=None,
                         amount_cents=None, currency=None)  # fmt: skip
    for each in rows:
        if each["kind"] == "effect":
            each["effect"] = "bar"


@MONEY.broken
def never_captured(draft: Draft) -> None:
    """A confirmed order has neither attempt nor capture in the ledger, as if nobody had ever charged it."""
    order = capture(draft)["case"]
    draft["gateway"] = [row for row in draft["gateway"] if row.get("case") != order]
    draft.renumber("gateway")


@MONEY.broken
def captured_after_all(draft: Draft) -> None:
    """A declined order is charged again after its void, under another key, and captured; nothing gives that back."""
    order = draft.pick(draft.orders("declined"))
    row = draft.pick(row for row in draft["gateway"] if row.get("case") == order and row.get("effect") == "fail")
    rows = draft.attempt("gateway", row, key=draft.fresh("charge:"), charge_id="ch_0000000000000000", detail=None)
    for each in rows:
        each.update(CAPTURED.get(each["kind"], {}))


@MONEY.broken
def pending_and_confirmed(draft: Draft) -> None:
    """An order that pays by webhook is confirmed while its charge is pending, and is never captured."""
    pending = [row for row in draft["gateway"] if row.get("effect") == "pending" and row["case"] in draft.orders()]
    order = draft.pick(pending)["case"]
    draft.drop("gateway", lambda row: row.get("case") == order and row.get("effect") == "capture")
    draft.renumber("gateway")


@MONEY.broken
def hint_believed(draft: Draft) -> None:
    """An order that pays by webhook is confirmed on the webhook's word: nobody asked the gateway."""
    pending = [row for row in draft["gateway"] if row.get("effect") == "pending" and row["case"] in draft.orders()]
    order = draft.pick(pending)["case"]
    draft.drop("gateway", lambda row: row.get("case") == order and row["method"] == "GET")
    draft.renumber("gateway")


@MONEY.broken
def money_back_and_declined(draft: Draft) -> None:
    """An order that the gateway captured at once, and answered so, says that the card was declined; it was refunded."""
    order = draft.pick(draft.orders("declined"))
    refunded = False
    for row in draft["gateway"]:
        if row.get("case") == order:
            if row.get("effect") == "fail":
                row["effect"] = "capture"
                row.pop("detail", None)
            elif row.get("effect") == "bar":
                row |= {"effect": "refund", "refund_id": "re_0000000000000000"}
                refunded = True
            elif row["kind"] == "answer" and row.get("status") == 402:
                row["status"] = 200
                row.pop("detail", None)
    if not refunded:
        raise NotHere
    for each in stages(draft, order):
        for done in each["compensations"]:
            done["detail"] = "refunded" if done["name"] == "void" else done["detail"]
    void = draft.completion(draft.entry(draft.run(order), "Run", "void"))
    void["value"]["outcome"] = "refunded"
