"""Other ways to keep the contract, and differences that say nothing: nobody may be accused of them."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

from tests.mutations.calls import client, forget, invoke, send, told
from tests.mutations.draft import Draft, NotHere, Row
from tests.mutations.operators import Kind
from tests.mutations.orders import stages
from tests.mutations.people import last_reads
from tests.mutations.tickets import FREE, GONE, final, free, look, reserve, sold, step, writes

HARMLESS = Kind("harmless")
KEPT_NAMES = frozenset({"charge", "void", "refund", "mail"})  # of runs: those that the contract has
PRIVATE = ("Orders", "OrderWatch")


def state_rows(draft: Draft, service: str | None = None) -> list[Row]:
    return [row for row in draft["state"] if service in (None, row["service"]) and isinstance(row["value"], dict)]


def state_values(draft: Draft, service: str) -> list[Row]:
    """Every copy of a service's states: written, read and final."""
    mine = {row["id"] for row in draft.invocations(service)}
    values = [row.get("value") for row in draft["journal"] if row["invocation_id"] in mine and "State" in row["type"]]
    return [value for value in (*values, *(row["value"] for row in state_rows(draft, service))) if isinstance(value, dict)]


# --- names and clocks ------------------------------------------------------------------------------------------------


@HARMLESS.harmless
def other_run_names(draft: Draft) -> None:
    """Runs that the contract does not name have other names."""
    names = {row["name"] for row in draft["journal"] if row.get("name")} - KEPT_NAMES
    for name in draft.pick([names] if names else []):
        for row in draft["journal"]:
            if row.get("name") == name:
                row["name"] = f"step_{name}_2"


@HARMLESS.harmless
def other_private_services(draft: Draft) -> None:
    """The app's private services have other names."""
    for name in PRIVATE:
        draft.replace(f'"service": "{name}"', f'"service": "My{name}"', "invocations", "state")
        draft.replace(f'"{name}/', f'"My{name}/', "journal")


@HARMLESS.harmless
def other_private_handlers(draft: Draft) -> None:
    """The private handlers of the contract's services that the contract does not name have other names."""
    for old, new in (("clear_if_idle", "idle"), ("advance", "go_on")):
        draft.replace(f'"handler": "{old}"', f'"handler": "{new}"', "invocations")
        draft.replace(f"/{old}", f"/{new}", "journal")


@HARMLESS.harmless
def other_state_keys(draft: Draft) -> None:
    """Services other than Ticket keep their state under other keys."""
    mine = {row["id"] for row in draft["invocations"] if row["service"] != "Ticket"}
    for row in draft["journal"]:
        if row["invocation_id"] in mine and "state_key" in row:
            row["state_key"] = f"my_{row['state_key']}"
    for row in draft["state"]:
        if row["service"] != "Ticket":
            row["key"] = f"my_{row['key']}"


@HARMLESS.harmless
def other_state_forms(draft: Draft) -> None:
    """Services other than Ticket keep their state in a form of their own."""
    for service in ("Event", "SeatMap", "Checkout", "UserSession", "Notifications", "Signup", *PRIVATE):
        for value in state_values(draft, service):
            kept = copy.deepcopy(value)
            value.clear()
            value["mine"] = kept


@HARMLESS.harmless
def more_in_the_states(draft: Draft) -> None:
    """Tickets' states have more than the contract lists."""
    for value in state_values(draft, "Ticket"):
        value |= {"since": 1, "history": ["x"]}


@HARMLESS.harmless
def states_without_a_schema(draft: Draft) -> None:
    """No state has a version of its form."""
    for service in ("Event", "Ticket", "SeatMap", "Checkout", "UserSession", "Notifications", "Signup", *PRIVATE):
        for value in state_values(draft, service):
            value.pop("schema", None)


@HARMLESS.harmless
def more_state_keys(draft: Draft) -> None:
    """Tickets keep something else under a second key."""
    order, seat = sold(draft)
    writer = draft.invocation(writes(draft, seat)[-1]["invocation_id"])
    draft.insert(draft.entry(writer, "Output"), {"type": "SetState", "state_key": "count", "value": {"sales": 1}})
    draft["state"].append({"service": "Ticket", "object_key": seat, "key": "count", "value": {"sales": 1}})
    del order


@HARMLESS.harmless
def versions_with_gaps(draft: Draft) -> None:
    """Tickets' versions go up by ten."""
    for value in (*state_values(draft, "Ticket"), *_with_versions(draft)):
        if "version" in value:
            value["version"] *= 10


def _with_versions(draft: Draft) -> list[Row]:
    seen: list[Row] = list(state_values(draft, "Ticket"))
    rest = [each for each in draft.dicts("journal", "state", "history", "views") if isinstance(each.get("version"), int)]
    return [each for each in rest if not any(each is one for one in seen)]


@HARMLESS.harmless
def versions_from_a_thousand(draft: Draft) -> None:
    """Tickets' versions begin at a thousand."""
    for value in (*state_values(draft, "Ticket"), *_with_versions(draft)):
        if value.get("version"):
            value["version"] += 1_000


def shifted(source: str, *names: str) -> Any:
    def shift(draft: Draft) -> None:
        if not draft[source]:
            raise NotHere
        for row in draft[source]:
            for name in names:
                if row.get(name) is not None:
                    row[name] += draft.random.randint(-200, 200)

    shift.__name__ = f"{source}_clock_jitters"
    shift.__doc__ = f"Each time in {source} is up to 200 ms off."
    return shift


for _source, *_names in (
    ("history", "at_ms"),
    ("invocations", "created_at_ms", "completed_at_ms"),
    ("journal", "appended_at_ms"),
    ("gateway", "at_ms"),
    ("mailer", "at_ms"),
):
    HARMLESS.harmless(shifted(_source, *_names))


@HARMLESS.harmless
def slow_clients(draft: Draft) -> None:
    """Each answer took a minute longer, by the client's own count."""
    for row in draft["history"]:
        if row.get("latency_ms") is not None:
            row["latency_ms"] += 60_000


def renamed(what: str, find: Any, new: str) -> Any:
    def rename(draft: Draft) -> None:
        draft.replace(str(find(draft)), new)

    rename.__name__ = f"other_{what}"
    rename.__doc__ = f"Everything is the same with another {what}."
    return rename


for _what, _find, _new in (
    ("charge_id", lambda draft: draft.pick(row["charge_id"] for row in draft["gateway"] if "charge_id" in row), "charge/1 2"),
    ("order_id", lambda draft: draft.pick(draft.meta["order_ids"]), "00000000-0000-4000-a000-000000000001"),
    ("invocation_id", lambda draft: draft.pick(draft["invocations"])["id"], "inv_1another"),
    ("deployment_id", lambda draft: draft.pick(row["deployment_id"] for row in draft["invocations"] if "deployment_id" in row), "dp_another"),
    ("scope", lambda draft: draft.meta["scope"], "another-7"),
    ("seat_id", lambda draft: f'"{draft.pick(draft.meta["seats"]).rpartition(":")[2]}"', '"A 1/é"'),
):
    if _what != "seat_id":
        HARMLESS.harmless(renamed(_what, _find, _new))


@HARMLESS.harmless
def user_ids_in_unicode(draft: Draft) -> None:
    """Users have names that no header can carry: their mail keys are hashed."""
    user = draft.pick(row["key"] for row in draft.invocations() if row["service"] in ("UserSession", "Notifications", "Signup"))
    key = f"signup:{user}-Zoë"
    draft.replace(f"signup:{user}", "sha256:" + hashlib.sha256(key.encode()).hexdigest(), "mailer")
    draft.replace(f'"{user}"', f'"{user}-Zoë"')
    draft.replace(f"/{user}/", f"/{user}-Zoë/")
    draft.replace(f'"{user}@', f'"{user}-Zoë@')


@HARMLESS.harmless
def other_sentences(draft: Draft) -> None:
    """Terminal errors have other sentences after their codes."""
    failed = [row for row in draft["invocations"] if row.get("failure")]
    for sentence in {row["failure"].partition(": ")[2] for row in draft.pick([failed] if failed else [])}:
        draft.replace(f": {sentence}", ": nope", "history", "invocations", "journal")


@HARMLESS.harmless
def other_details(draft: Draft) -> None:
    """What a status says in detail of each compensation is something else."""
    for order in draft.pick([draft.failed()] if draft.failed() else []):
        for each in stages(draft, order):
            for done in each["compensations"]:
                done["detail"] = "nothing to add"


@HARMLESS.harmless
def rows_in_another_order(draft: Draft) -> None:
    """Restate gave invocations, journals and states in another order, each journal in its own."""
    ids = [row["id"] for row in draft["invocations"]]
    draft.random.shuffle(ids)
    places = {id_: place for place, id_ in enumerate(ids)}
    draft["invocations"].sort(key=lambda row: places[row["id"]])
    draft["journal"].sort(key=lambda row: places.get(row["invocation_id"], -1))
    draft.random.shuffle(draft["state"])


@HARMLESS.harmless
def headers_on_calls(draft: Draft) -> None:
    """The app sends headers of its own along with its calls."""
    for row in draft["journal"]:
        if row.get("target"):
            row["headers"] = [{"name": "x-trace", "value": "1"}]


@HARMLESS.harmless
def keys_on_calls(draft: Draft) -> None:
    """The app sends idempotency keys of its own along with its calls."""
    for row in draft["invocations"]:
        if row["invoked_by"] == "service":
            row["idempotency_key"] = f"mine-{row['id']}"


@HARMLESS.harmless
def states_read_lazily(draft: Draft) -> None:
    """The app asks for states when it needs them, and does not get them along with its calls."""
    rows = []
    for row in draft["journal"]:
        if row["type"] != "GetEagerState":
            rows.append(row)
            continue
        about = {"invocation_id": row["invocation_id"], "index": 0, "appended_at_ms": row["appended_at_ms"],
                 "type": "GetLazyState", "completion_id": 500}  # fmt: skip
        rows.append({**about, "kind": "command", "state_key": row["state_key"]})
        rows.append({**about, "kind": "notification", **({"value": row["value"]} if "value" in row else {})})
    draft["journal"] = rows
    for invocation in draft["invocations"]:
        draft.reindex(invocation["id"])


@HARMLESS.harmless
def journals_with_more_in_them(draft: Draft) -> None:
    """The app reads the clock and draws numbers in runs of its own, and sleeps."""
    for row in [row for row in draft["journal"] if row["type"] == "Output"]:
        done = {"completion_id": 700, "name": "now"}
        draft.insert(row, {"type": "Run", **done}, {"kind": "notification", "type": "Run", "completion_id": 700, "value": 1},
                     {"type": "Sleep", "completion_id": 701}, {"kind": "notification", "type": "Sleep", "completion_id": 701})  # fmt: skip


@HARMLESS.harmless
def no_register_of_orders(draft: Draft) -> None:
    """The app has no private register of orders: it remembers them elsewhere."""
    for row in draft.pick([draft.invocations("Orders")] if draft.invocations("Orders") else []):
        if any(each["id"] == row["id"] for each in draft["invocations"]):
            forget(draft, row)
    draft["state"] = [row for row in draft["state"] if row["service"] != "Orders"]


@HARMLESS.harmless
def another_private_service(draft: Draft) -> None:
    """Each checkout writes to a private log, which the contract does not know."""
    for order in draft.pick([draft.orders()] if draft.orders() else []):
        row = invoke(draft, "AuditLog", order, "write", input={"order": order}, state="log", left={"n": 1}, by=draft.run(order))
        send(draft, draft.run(order), f"AuditLog/{order}/write", {"order": order}, row)
        draft["state"].append({"service": "AuditLog", "object_key": order, "key": "log", "value": {"n": 1}})


# --- lawful ways of the app ------------------------------------------------------------------------------------------


@HARMLESS.harmless
def hold_at_the_end(draft: Draft) -> None:
    """A client reserves a free seat, and its timer is still to come."""
    reserve(draft, free(draft), draft.uuid())


@HARMLESS.harmless
def hold_repeated_by_its_holder(draft: Draft) -> None:
    """A client repeats its reserve, and is told the same."""
    seat, order = free(draft), draft.uuid()
    reserve(draft, seat, order)
    held = copy.deepcopy(final(draft, seat)) or {}
    asked = {"user_id": held["user_id"], "order_id": order}
    answer = {"status": "RESERVED", "expires_at_ms": held["expires_at_ms"], "round": held["round"]}
    client(draft, "Ticket", seat, "reserve", input=asked, output=answer, state="ticket", found=held)


@HARMLESS.harmless
def hold_repeated_with_a_new_version(draft: Draft) -> None:
    """A client repeats its reserve, is told the same, and the ticket writes the same in a new version."""
    seat, order = free(draft), draft.uuid()
    reserve(draft, seat, order)
    held = copy.deepcopy(final(draft, seat)) or {}
    asked = {"user_id": held["user_id"], "order_id": order}
    answer = {"status": "RESERVED", "expires_at_ms": held["expires_at_ms"], "round": held["round"]}
    step(draft, seat, "reserve", {}, by_client=True, input=asked, output=answer)


@HARMLESS.harmless
def hold_released(draft: Draft) -> None:
    """A client reserves a free seat, and gives it back."""
    seat, order = free(draft), draft.uuid()
    reserve(draft, seat, order)
    step(draft, seat, "release", FREE, by_client=True, input={"order_id": order}, output={"status": "AVAILABLE"})


@HARMLESS.harmless
def release_of_what_is_sold(draft: Draft) -> None:
    """The order that bought it releases a seat, which never un-sells; it is told SOLD."""
    order, seat = sold(draft)
    about = {"input": {"order_id": order}, "output": {"status": "SOLD"}}
    client(draft, "Ticket", seat, "release", state="ticket", found=copy.deepcopy(final(draft, seat)), **about)


@HARMLESS.harmless
def release_by_a_stranger(draft: Draft) -> None:
    """A stranger releases a held seat, which changes nothing."""
    seat = free(draft)
    reserve(draft, seat, draft.uuid())
    about = {"input": {"order_id": draft.uuid()}, "output": {"status": "RESERVED"}}
    client(draft, "Ticket", seat, "release", state="ticket", found=copy.deepcopy(final(draft, seat)), **about)


@HARMLESS.harmless
def reserve_of_what_is_sold(draft: Draft) -> None:
    """A client asks for a sold seat, and is told so."""
    seat = sold(draft)[1]
    asked = {"user_id": "user-late", "order_id": draft.uuid()}
    client(draft, "Ticket", seat, "reserve", input=asked, failure=GONE, state="ticket", found=copy.deepcopy(final(draft, seat)))


@HARMLESS.harmless
def looks(draft: Draft) -> None:
    """Clients look at a sold and at a free seat."""
    look(draft, sold(draft)[1])
    look(draft, free(draft))


@HARMLESS.harmless
def malformed_input(draft: Draft) -> None:
    """A client asks for a seat with malformed input, and is told so at once."""
    why = (422, "invalid: hold_ms: must be at least 1")
    client(draft, "Ticket", draft.pick(draft.meta["seats"]), "reserve", input={"hold_ms": -1}, failure=why)


@HARMLESS.harmless
def unknown_event(draft: Draft) -> None:
    """A client orders a seat of an event that nobody opened, and is told so."""
    order = draft.uuid()
    asked = {"user_id": "user-late", "event_id": "nowhere", "seat_id": "A1", "payment_token": "hmac:0123456789ab", "payment": "direct"}
    client(draft, "Checkout", order, "run", input=asked, failure=(404, "unknown_event: no event of this id was opened"))
    draft.meta["order_ids"].append(order)


@HARMLESS.harmless
def unknown_seat(draft: Draft) -> None:
    """A client orders a seat that the event does not have, and is told so."""
    order, event = draft.uuid(), draft.pick(draft.meta["event_ids"])
    asked = {"user_id": "user-late", "event_id": event, "seat_id": "ZZ99", "payment_token": "hmac:0123456789ab", "payment": "direct"}
    client(draft, "Checkout", order, "run", input=asked, failure=(404, "unknown_seat: the event has no such seat"))
    draft.meta["order_ids"].append(order)


@HARMLESS.harmless
def status_of_nobody(draft: Draft) -> None:
    """A client asks for the status of an order that nobody placed, and is told so."""
    client(draft, "Checkout", draft.uuid(), "status", failure=(404, "unknown_order: no order of this id was placed"))


@HARMLESS.harmless
def reset_of_another_round(draft: Draft) -> None:
    """A client resets a round that is over or never was, which changes nothing."""
    event = draft.pick(draft.meta["event_ids"])
    value = draft.pick(row for row in draft["state"] if (row["service"], row["object_key"]) == ("Event", event))["value"]
    asked, answer = {"round": value["round"] + 5}, {"round": value["round"]}
    client(draft, "Event", event, "reset", input=asked, output=answer, state="event", found=copy.deepcopy(value))


@HARMLESS.harmless
def role_updated_again(draft: Draft) -> None:
    """A role is updated a second time, in two steps like the first."""
    update = draft.pick(draft.invocations("RoleUpdate", "apply"))
    asked = copy.deepcopy(draft.entry(update, "Input")["value"])
    effects = [row for row in draft["mailer"] if row.get("effect") and row.get("to") == asked["user_id"]]
    for row in effects:
        draft.attempt("mailer", row, rule_id=None)
    client(draft, "RoleUpdate", "", "apply", input=asked, output={"applied": ["role", "permissions"]})
    draft["invocations"][-1].pop("key")


@HARMLESS.harmless
def answer_lost_on_the_way(draft: Draft) -> None:
    """A client hung up before its order's answer, and learnt it later."""
    row = draft.pick(row for row in draft["history"] if row["type"] in ("ok", "fail") and row["target"].startswith("Checkout/") and row["target"].endswith("/run"))
    later = {**copy.deepcopy(row), "type": "resolve", "conclusion": row["type"], "seq": max(each["seq"] for each in draft["history"]) + 1}
    later.pop("latency_ms")
    for name in ("output", "status", "message"):
        row.pop(name, None)
    row |= {"type": "info", "code": "timeout"}
    draft["history"].append(later)


@HARMLESS.harmless
def role_answer_never_heard(draft: Draft) -> None:
    """A client hung up on a role update, which can not be asked for again; it was applied."""
    row = draft.pick(row for row in draft["history"] if row["type"] == "ok" and row["target"].startswith("RoleUpdate/"))
    for name in ("output", "status"):
        row.pop(name, None)
    row |= {"type": "info", "code": "timeout"}


@HARMLESS.harmless
def user_changes_the_cart_after_checkout(draft: Draft) -> None:
    """A user puts a seat into the cart after the checkout, and leaves it there."""
    user, seat = _session(draft), {"event_id": draft.meta["event_ids"][0], "seat_id": "A1"}
    value = draft.pick(row for row in draft["state"] if (row["service"], row["object_key"]) == ("UserSession", user))["value"]
    found = copy.deepcopy(value)
    value["cart"] = [seat]
    client(draft, "UserSession", user, "add_to_cart", input=seat, state="session", found=found, left=copy.deepcopy(value))
    for view in last_reads(draft, "UserSession")[1]:
        view["cart"] = [dict(seat)]


def _session(draft: Draft) -> str:
    return draft.pick(target for target in draft.views if target.startswith("UserSession/")).split("/")[1]


@HARMLESS.harmless
def user_orders_by_hand_beside_the_session(draft: Draft) -> None:
    """A user with a session places an order of a sold seat by hand, and is refused."""
    user, order = _session(draft), draft.uuid()
    seat = sold(draft)[1]
    event, _, seat_id = seat.rpartition(":")
    asked = {"user_id": user, "event_id": event, "seat_id": seat_id, "payment_token": "hmac:0123456789ab", "payment": "direct"}
    run = client(draft, "Checkout", order, "run", input=asked, failure=GONE)
    request = {"user_id": user, "order_id": order}
    reserve_ = invoke(draft, "Ticket", seat, "reserve", input=request, failure=GONE, state="ticket", found=copy.deepcopy(final(draft, seat)), by=run)
    call = {"type": "Call", "completion_id": 2, "target": f"Ticket/{seat}/reserve", "invoked_id": reserve_["id"], "value": request}
    answer = {"kind": "notification", "type": "Call", "completion_id": 2, "failure": {"code": GONE[0], "message": GONE[1]}}
    id_ = {"kind": "notification", "type": "CallInvocationId", "completion_id": 1, "invoked_id": reserve_["id"]}
    draft.insert(draft.entry(run, "Output"), call, id_, answer)
    draft.meta["order_ids"].append(order)


@HARMLESS.harmless
def session_cleared_by_its_timer(draft: Draft) -> None:
    """A session was idle long enough, and cleared itself at the end."""
    user = _session(draft)
    timer = draft.pick(row for row in draft.invocations("UserSession", "clear_if_idle", user))
    row = next(each for each in draft["state"] if (each["service"], each["object_key"]) == ("UserSession", user))
    entries = draft.entries(timer)
    if timer["status"] == "completed" or not entries:
        raise NotHere
    at_ms = draft.meta["ended_at_ms"] - 50
    about = {"invocation_id": timer["id"], "kind": "command", "appended_at_ms": at_ms}
    draft["journal"] = [each for each in draft["journal"] if each["invocation_id"] != timer["id"]]
    draft["journal"] += [
        {**entries[0], "index": 0},
        {**about, "index": 1, "type": "GetEagerState", "state_key": "session", "value": row["value"]},
        {**about, "index": 2, "type": "ClearAllState"},
        {**about, "index": 3, "type": "Output"},
    ]
    timer |= {"status": "completed", "result": "success", "completed_at_ms": at_ms + 1, "journal_size": 4}
    draft["state"].remove(row)
    for view in last_reads(draft, "UserSession")[1]:
        view |= {"cart": [], "current_orders": [], "past_orders": []}


# --- third parties ---------------------------------------------------------------------------------------------------


@HARMLESS.harmless
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


@HARMLESS.harmless
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


@HARMLESS.harmless
def looked_up_once_more(draft: Draft) -> None:
    """The gateway is asked how an order's charge stands."""
    order = draft.pick(row["order_id"] for row in draft["gateway"] if row.get("order_id") and row["kind"] == "arrival")
    number = len(draft["gateway"]) + 1
    about = {"attempt": number, "at_ms": draft["gateway"][-1]["at_ms"], "method": "GET", "path": "/v1/charges", "order_id": order}
    draft["gateway"].append({"row": number, "kind": "arrival", **about})
    draft["gateway"].append({"row": number + 1, "kind": "answer", "status": 200, **about})


@HARMLESS.harmless
def post_for_get(draft: Draft) -> None:
    """A pending charge is asked about by POST under its key, and not by GET."""
    rows = [row for row in draft["gateway"] if row["method"] == "GET"]
    for row in draft.pick([rows] if rows else []):
        row |= {"method": "POST", "key": f"charge:{row['order_id']}"}


@HARMLESS.harmless
def void_for_refund(draft: Draft) -> None:
    """A capture whose hold is gone is voided, which refunds it, and not refunded."""
    attempt = draft.pick(row for row in draft["gateway"] if row["path"] == "/v1/refunds" and row.get("effect") == "refund")
    order = attempt["key"].removeprefix("refund:")
    for row in draft["gateway"]:
        if row["path"] == "/v1/refunds" and row.get("key") == attempt["key"]:
            row |= {"path": "/v1/voids", "key": f"charge:{order}"}
    draft.entry(draft.run(order), "Run", "refund")["name"] = "void"
    for each in stages(draft, order):
        for done in each["compensations"]:
            done["name"] = "void" if done["name"] == "refund" else done["name"]



@HARMLESS.harmless
def no_connections(draft: Draft) -> None:
    """The ledgers do not say from where attempts came, nor how often a key was used."""
    for row in (*draft["gateway"], *draft["mailer"]):
        row.pop("connection", None)
        row.pop("number", None)


@HARMLESS.harmless
def webhook_once_more(draft: Draft) -> None:
    """A webhook tells an order's outcome once more, after its end."""
    order = draft.pick(draft.orders())
    charge = draft.bookings(order)[0]["charge_id"]
    client(draft, "Checkout", order, "payment_result", input={"charge_id": charge, "outcome": "succeeded"})


@HARMLESS.harmless
def cancel_too_late(draft: Draft) -> None:
    """A client cancels a confirmed order, and is refused."""
    client(draft, "Checkout", draft.pick(draft.orders()), "cancel", output={"accepted": False})


@HARMLESS.harmless
def settled_order_placed_again(draft: Draft) -> None:
    """A failed order is placed again when Restate has forgotten it, and is told that it is settled."""
    order = draft.pick(draft.failed())
    asked = copy.deepcopy(draft.input(order))
    told(draft, "Checkout", order, "run", input=asked, failure=(409, "order_settled: this order id was used before"))


@HARMLESS.harmless
def user_reads_the_status(draft: Draft) -> None:
    """A client asks for the status of a confirmed order, and is told that it is confirmed."""
    order = draft.pick(draft.orders())
    said = {"stage": "CONFIRMED", "charge_id": draft.bookings(order)[0]["charge_id"], "error": None, "compensations": []}
    client(draft, "Checkout", order, "status", output=said)


@HARMLESS.harmless
def more_samples(draft: Draft) -> None:
    """Somebody looked at an invocation once more while the run lasted."""
    row = draft.pick(draft["invocations"])
    sample = {"at_ms": row["created_at_ms"], "invocation_id": row["id"], "service": row["service"], "handler": row["handler"], "status": "running"}
    draft["samples"].append({**sample, **({"key": row["key"]} if "key" in row else {})})
    draft.meta["sources"].setdefault("samples", {"state": "complete", "rows": 0, "reason": ""})


@HARMLESS.harmless
def free_tickets_remember_who_held_them(draft: Draft) -> None:
    """A ticket that was released keeps in its state who held it last."""
    values = [value for value in state_values(draft, "Ticket") if value["status"] == "AVAILABLE" and value["version"]]
    for value in draft.pick([values] if values else []):
        value["user_id"] = "who-was-here"


