"""What a gateway, a mailer and whoever asks may do without harm: nobody may be accused of it."""

from __future__ import annotations

import copy

from tests.mutations.calls import client, told
from tests.mutations.draft import Draft
from tests.mutations.forms import state_values
from tests.mutations.operators import Kind
from tests.mutations.orders import stages

THIRD_PARTIES = Kind("third_parties")


@THIRD_PARTIES.harmless
def asked_again_before_it_went_well(draft: Draft) -> None:
    """A charge was answered 503 once before it was captured."""
    rows = draft["gateway"]
    capture = draft.pick(row for row in rows if row.get("effect") == "capture")
    first = next(row for row in rows if row["row"] == capture["attempt"])
    more = [{**first, "kind": kind, "row": 9_000 + n, "attempt": 9_000, **extra}
            for n, (kind, extra) in enumerate((("arrival", {}), ("answer", {"status": 503})))]  # fmt: skip
    at = rows.index(first)
    rows[at:at] = more
    draft.renumber("gateway")


@THIRD_PARTIES.harmless
def asked_once_more_after_it_went_well(draft: Draft) -> None:
    """A charge was asked for again under its key after its capture, since the answer was lost."""
    rows = draft["gateway"]
    capture = draft.pick(row for row in rows if row.get("effect") == "capture" and row["path"] == "/v1/charges")
    answers = [row for row in rows if row["attempt"] == capture["attempt"] and row["kind"] == "answer"]
    answer = draft.pick(row for row in answers if row.get("status") == 200)
    again = draft.attempt("gateway", capture, number=2)
    draft["gateway"] = [row for row in rows if not any(row is each for each in again)]
    more = [row for row in again if row["kind"] != "effect"]
    at = draft["gateway"].index(answer)
    answer |= {"kind": "drop", "detail": "the client went"}
    answer.pop("status")
    draft["gateway"][at + 1 : at + 1] = [row | {"row": 9_000 + n, "attempt": 9_000} for n, row in enumerate(more)]
    draft.renumber("gateway")


@THIRD_PARTIES.harmless
def looked_up_once_more(draft: Draft) -> None:
    """The gateway is asked how an order's charge stands."""
    order = draft.pick(row["case"] for row in draft["gateway"] if row.get("case") and row["kind"] == "arrival")
    number = len(draft["gateway"]) + 1
    about = {
        "attempt": number,
        "at_ms": draft["gateway"][-1]["at_ms"],
        "method": "GET",
        "path": "/v1/charges",
        "order_id": order,
    }
    draft["gateway"].append({"row": number, "kind": "arrival", **about})
    draft["gateway"].append({"row": number + 1, "kind": "answer", "status": 200, **about})


@THIRD_PARTIES.harmless
def post_for_get(draft: Draft) -> None:
    """A pending charge is asked about by POST under its key, and not by GET."""
    rows = [row for row in draft["gateway"] if row["method"] == "GET"]
    for row in draft.pick([rows] if rows else []):
        row |= {"method": "POST", "key": f"charge:{row['case']}"}


@THIRD_PARTIES.harmless
def void_for_refund(draft: Draft) -> None:
    """A capture whose hold is gone is voided, which refunds it, and not refunded."""
    attempt = draft.pick(
        row for row in draft["gateway"] if row["path"] == "/v1/refunds" and row.get("effect") == "refund"
    )
    order = attempt["key"].removeprefix("refund:")
    for row in draft["gateway"]:
        if row["path"] == "/v1/refunds" and row.get("key") == attempt["key"]:
            row |= {"path": "/v1/voids", "key": f"charge:{order}"}
    draft.entry(draft.run(order), "Run", "refund")["name"] = "void"
    for each in stages(draft, order):
        for done in each["compensations"]:
            done["name"] = "void" if done["name"] == "refund" else done["name"]


@THIRD_PARTIES.harmless
def no_connections(draft: Draft) -> None:
    """The ledgers do not say from where attempts came, nor how often a key was used."""
    for row in (*draft["gateway"], *draft["mailer"]):
        row.pop("connection", None)
        row.pop("number", None)


@THIRD_PARTIES.harmless
def webhook_once_more(draft: Draft) -> None:
    """A webhook tells an order's outcome once more, after its end."""
    order = draft.pick(draft.orders())
    charge = draft.bookings(order)[0]["charge_id"]
    client(draft, "Checkout", order, "payment_result", input={"charge_id": charge, "outcome": "succeeded"})


@THIRD_PARTIES.harmless
def cancel_too_late(draft: Draft) -> None:
    """A client cancels a confirmed order, and is refused."""
    client(draft, "Checkout", draft.pick(draft.orders()), "cancel", output={"accepted": False})


@THIRD_PARTIES.harmless
def settled_order_placed_again(draft: Draft) -> None:
    """A failed order is placed again when Restate has forgotten it, and is told that it is settled."""
    order = draft.pick(draft.failed())
    asked = copy.deepcopy(draft.input(order))
    told(draft, "Checkout", order, "run", input=asked, failure=(409, "order_settled: this order id was used before"))


@THIRD_PARTIES.harmless
def user_reads_the_status(draft: Draft) -> None:
    """A client asks for the status of a confirmed order, and is told that it is confirmed."""
    order = draft.pick(draft.orders())
    said = {
        "stage": "CONFIRMED",
        "charge_id": draft.bookings(order)[0]["charge_id"],
        "error": None,
        "compensations": [],
    }
    client(draft, "Checkout", order, "status", output=said)


@THIRD_PARTIES.harmless
def more_samples(draft: Draft) -> None:
    """Somebody looked at an invocation once more while the run lasted."""
    row = draft.pick(draft["invocations"])
    sample = {
        "at_ms": row["created_at_ms"],
        "invocation_id": row["id"],
        "service": row["service"],
        "handler": row["handler"],
        "status": "running",
    }
    draft["samples"].append({**sample, **({"key": row["key"]} if "key" in row else {})})
    draft.meta["sources"].setdefault("samples", {"state": "complete", "rows": 0, "reason": ""})


@THIRD_PARTIES.harmless
def free_tickets_remember_who_held_them(draft: Draft) -> None:
    """A ticket that was released keeps in its state who held it last."""
    values = [value for value in state_values(draft, "Ticket") if value["status"] == "AVAILABLE" and value["version"]]
    for value in draft.pick([values] if values else []):
        value["user_id"] = "who-was-here"
