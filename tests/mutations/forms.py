"""Other names, forms and clocks that keep the contract, or say nothing: nobody may be accused of them."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

from tests.mutations.calls import forget, invoke, send
from tests.mutations.draft import Draft, NotHere, Row
from tests.mutations.operators import Kind
from tests.mutations.orders import stages
from tests.mutations.tickets import sold, writes

FORMS = Kind("forms")
KEPT_NAMES = frozenset({"charge", "void", "refund", "mail"})  # of runs: those that the contract has
PRIVATE = ("Orders", "OrderWatch")


def state_rows(draft: Draft, service: str | None = None) -> list[Row]:
    return [row for row in draft["state"] if service in (None, row["service"]) and isinstance(row["value"], dict)]


def state_values(draft: Draft, service: str) -> list[Row]:
    """Every copy of a service's states: written, read and final."""
    mine = {row["id"] for row in draft.invocations(service)}
    values = [row.get("value") for row in draft["journal"] if row["invocation_id"] in mine and "State" in row["type"]]
    return [
        value for value in (*values, *(row["value"] for row in state_rows(draft, service))) if isinstance(value, dict)
    ]


@FORMS.harmless
def other_run_names(draft: Draft) -> None:
    """Runs that the contract does not name have other names."""
    names = {row["name"] for row in draft["journal"] if row.get("name")} - KEPT_NAMES
    for name in draft.pick([names] if names else []):
        for row in draft["journal"]:
            if row.get("name") == name:
                row["name"] = f"step_{name}_2"


@FORMS.harmless
def other_private_services(draft: Draft) -> None:
    """The app's private services have other names."""
    for name in PRIVATE:
        draft.replace(f'"service": "{name}"', f'"service": "My{name}"', "invocations", "state")
        draft.replace(f'"{name}/', f'"My{name}/', "journal")


@FORMS.harmless
def other_private_handlers(draft: Draft) -> None:
    """The private handlers of the contract's services that the contract does not name have other names."""
    for old, new in (("clear_if_idle", "idle"), ("advance", "go_on")):
        draft.replace(f'"handler": "{old}"', f'"handler": "{new}"', "invocations")
        draft.replace(f"/{old}", f"/{new}", "journal")


@FORMS.harmless
def other_state_keys(draft: Draft) -> None:
    """Services other than Ticket keep their state under other keys."""
    mine = {row["id"] for row in draft["invocations"] if row["service"] != "Ticket"}
    for row in draft["journal"]:
        if row["invocation_id"] in mine and "state_key" in row:
            row["state_key"] = f"my_{row['state_key']}"
    for row in draft["state"]:
        if row["service"] != "Ticket":
            row["key"] = f"my_{row['key']}"


@FORMS.harmless
def other_state_forms(draft: Draft) -> None:
    """Services other than Ticket keep their state in a form of their own."""
    for service in ("Event", "SeatMap", "Checkout", "UserSession", "Notifications", "Signup", *PRIVATE):
        for value in state_values(draft, service):
            kept = copy.deepcopy(value)
            value.clear()
            value["mine"] = kept


@FORMS.harmless
def more_in_the_states(draft: Draft) -> None:
    """Tickets' states have more than the contract lists."""
    for value in state_values(draft, "Ticket"):
        value |= {"since": 1, "history": ["x"]}


@FORMS.harmless
def states_without_a_schema(draft: Draft) -> None:
    """No state has a version of its form."""
    for service in ("Event", "Ticket", "SeatMap", "Checkout", "UserSession", "Notifications", "Signup", *PRIVATE):
        for value in state_values(draft, service):
            value.pop("schema", None)


@FORMS.harmless
def more_state_keys(draft: Draft) -> None:
    """Tickets keep something else under a second key."""
    order, seat = sold(draft)
    writer = draft.invocation(writes(draft, seat)[-1]["invocation_id"])
    draft.insert(draft.entry(writer, "Output"), {"type": "SetState", "state_key": "count", "value": {"sales": 1}})
    draft["state"].append({"service": "Ticket", "object_key": seat, "key": "count", "value": {"sales": 1}})
    del order


@FORMS.harmless
def versions_with_gaps(draft: Draft) -> None:
    """Tickets' versions go up by ten."""
    for value in (*state_values(draft, "Ticket"), *_with_versions(draft)):
        if "version" in value:
            value["version"] *= 10


def _with_versions(draft: Draft) -> list[Row]:
    seen: list[Row] = list(state_values(draft, "Ticket"))
    rest = [
        each for each in draft.dicts("journal", "state", "history", "views") if isinstance(each.get("version"), int)
    ]
    return [each for each in rest if not any(each is one for one in seen)]


@FORMS.harmless
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
    FORMS.harmless(shifted(_source, *_names))


@FORMS.harmless
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
    (
        "charge_id",
        lambda draft: draft.pick(row["charge_id"] for row in draft["gateway"] if "charge_id" in row),
        "charge/1 2",
    ),
    ("order_id", lambda draft: draft.pick(draft.meta["cases"]), "00000000-0000-4000-a000-000000000001"),
    ("invocation_id", lambda draft: draft.pick(draft["invocations"])["id"], "inv_1another"),
    (
        "deployment_id",
        lambda draft: draft.pick(row["deployment_id"] for row in draft["invocations"] if "deployment_id" in row),
        "dp_another",
    ),
    ("scope", lambda draft: draft.meta["scope"], "another-7"),
    ("seat_id", lambda draft: f'"{draft.pick(draft.seats).rpartition(":")[2]}"', '"A 1/é"'),
):
    if _what != "seat_id":
        FORMS.harmless(renamed(_what, _find, _new))


@FORMS.harmless
def user_ids_in_unicode(draft: Draft) -> None:
    """Users have names that no header can carry: their mail keys are hashed."""
    user = draft.pick(
        row["key"] for row in draft.invocations() if row["service"] in ("UserSession", "Notifications", "Signup")
    )
    key = f"signup:{user}-Zoë"
    draft.replace(f"signup:{user}", "sha256:" + hashlib.sha256(key.encode()).hexdigest(), "mailer")
    draft.replace(f'"{user}"', f'"{user}-Zoë"')
    draft.replace(f"/{user}/", f"/{user}-Zoë/")
    draft.replace(f'"{user}@', f'"{user}-Zoë@')


@FORMS.harmless
def other_sentences(draft: Draft) -> None:
    """Terminal errors have other sentences after their codes."""
    failed = [row for row in draft["invocations"] if row.get("failure")]
    for sentence in {row["failure"].partition(": ")[2] for row in draft.pick([failed] if failed else [])}:
        draft.replace(f": {sentence}", ": nope", "history", "invocations", "journal")


@FORMS.harmless
def other_details(draft: Draft) -> None:
    """What a status says in detail of each compensation is something else."""
    for order in draft.pick([draft.failed()] if draft.failed() else []):
        for each in stages(draft, order):
            for done in each["compensations"]:
                done["detail"] = "nothing to add"


@FORMS.harmless
def rows_in_another_order(draft: Draft) -> None:
    """Restate gave invocations, journals and states in another order, each journal in its own."""
    ids = [row["id"] for row in draft["invocations"]]
    draft.random.shuffle(ids)
    places = {id_: place for place, id_ in enumerate(ids)}
    draft["invocations"].sort(key=lambda row: places[row["id"]])
    draft["journal"].sort(key=lambda row: places.get(row["invocation_id"], -1))
    draft.random.shuffle(draft["state"])


@FORMS.harmless
def headers_on_calls(draft: Draft) -> None:
    """The app sends headers of its own along with its calls."""
    for row in draft["journal"]:
        if row.get("target"):
            row["headers"] = [{"name": "x-trace", "value": "1"}]


@FORMS.harmless
def keys_on_calls(draft: Draft) -> None:
    """The app sends idempotency keys of its own along with its calls."""
    for row in draft["invocations"]:
        if row["invoked_by"] == "service":
            row["idempotency_key"] = f"mine-{row['id']}"


@FORMS.harmless
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


@FORMS.harmless
def journals_with_more_in_them(draft: Draft) -> None:
    """The app reads the clock and draws numbers in runs of its own, and sleeps."""
    answers = {"kind": "notification"}
    for row in [row for row in draft["journal"] if row["type"] == "Output"]:
        run, slept = {"type": "Run", "completion_id": 700}, {"type": "Sleep", "completion_id": 701}
        draft.insert(row, {**run, "name": "now"}, {**run, **answers, "value": 1}, slept, {**slept, **answers})


@FORMS.harmless
def no_register_of_orders(draft: Draft) -> None:
    """The app has no private register of orders: it remembers them elsewhere."""
    for row in draft.pick([draft.invocations("Orders")] if draft.invocations("Orders") else []):
        if any(each["id"] == row["id"] for each in draft["invocations"]):
            forget(draft, row)
    draft["state"] = [row for row in draft["state"] if row["service"] != "Orders"]


@FORMS.harmless
def another_private_service(draft: Draft) -> None:
    """Each checkout writes to a private log, which the contract does not know."""
    for order in draft.pick([draft.orders()] if draft.orders() else []):
        row = invoke(
            draft, "AuditLog", order, "write", input={"order": order}, state="log", left={"n": 1}, by=draft.run(order)
        )
        send(draft, draft.run(order), f"AuditLog/{order}/write", {"order": order}, row)
        draft["state"].append({"service": "AuditLog", "object_key": order, "key": "log", "value": {"n": 1}})
