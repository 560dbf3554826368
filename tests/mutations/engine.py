"""Journals and answers that no application could leave on a Restate that works: what holds whatever the app."""

from __future__ import annotations

import copy
from typing import Any

from tests.mutations.calls import client
from tests.mutations.draft import Draft, NotHere, Row
from tests.mutations.operators import Kind

ENGINE = Kind("engine")


def ended(draft: Draft, result: str = "success") -> Row:
    """An invocation that ended so, of some handler that says something."""
    rows = [row for row in draft["invocations"] if row.get("result") == result and row["handler"] != "get"]
    return draft.pick(row for row in rows if "value" in draft.entry(row, "Output") or result != "success")


def call(draft: Draft, type_: str = "Call") -> Row:
    return draft.pick(row for row in draft["journal"] if (row["kind"], row["type"]) == ("command", type_))


def asked_by_client(draft: Draft) -> tuple[Row, Row]:
    """An answer that can be traced to its invocation: the event, and the invocation."""
    scope = draft.meta["scope"]
    by_key = {row.get("idempotency_key"): row for row in draft["invocations"]}
    return draft.pick(
        (event, by_key[f"{scope}-{event['operation']}"])
        for event in draft["history"]
        if event["type"] == "ok" and f"{scope}-{event['operation']}" in by_key
    )


@ENGINE.broken
def lost_one_way_call(draft: Draft) -> None:
    """What was sent one-way was never begun: the callee is not there."""
    callee = call(draft, "OneWayCall")["invoked_id"]
    draft["invocations"] = [row for row in draft["invocations"] if row["id"] != callee]
    draft["journal"] = [row for row in draft["journal"] if row["invocation_id"] != callee]


@ENGINE.broken
def one_way_call_begun_twice(draft: Draft) -> None:
    """What was sent one-way was begun twice."""
    callee = draft.invocation(call(draft, "OneWayCall")["invoked_id"])
    again = {**callee, "id": draft.fresh("inv_1")}
    draft["journal"] += [{**row, "invocation_id": again["id"]} for row in draft.entries(callee)]
    draft["invocations"].append(again)


@ENGINE.noticed
def begun_by_nobody(draft: Draft) -> None:
    """An invocation names a caller whose journal has no call of it."""
    callee = draft.invocation(call(draft)["invoked_id"])
    other = draft.pick(row for row in draft["invocations"] if row["id"] != callee["invoked_by_id"])
    callee["invoked_by_id"] = other["id"]


@ENGINE.noticed
def callee_is_another(draft: Draft) -> None:
    """A call's callee is of another service's handler than was called."""
    command = call(draft)
    draft.invocation(command["invoked_id"])["handler"] = "other"


@ENGINE.noticed
def callee_of_another_key(draft: Draft) -> None:
    """A call's callee has another key than was called."""
    command = draft.pick(row for row in draft["journal"] if str(row.get("target")).count("/") == 2)
    draft.invocation(command["invoked_id"])["key"] = "another"


@ENGINE.noticed
def callee_got_another_input(draft: Draft) -> None:
    """A callee's input is not what it was called with."""
    command = draft.pick(row for row in draft["journal"] if row.get("target") and isinstance(row.get("value"), dict))
    callee = draft.invocation(command["invoked_id"])
    draft.entry(callee, "Input")["value"] = {**command["value"], "another": 1}


@ENGINE.broken
def caller_got_another_answer(draft: Draft) -> None:
    """A call is answered with another value than its callee gave."""
    answer = draft.completion(call(draft))
    answer["value"] = {"another": 1}
    answer.pop("failure", None)


@ENGINE.broken
def caller_got_a_failure(draft: Draft) -> None:
    """A call fails whose callee succeeded."""
    command = draft.pick(
        row for row in draft["journal"]
        if (row["kind"], row["type"]) == ("command", "Call")
        if draft.invocation(row["invoked_id"]).get("result") == "success"
    )  # fmt: skip
    answer = draft.completion(command)
    answer.pop("value", None)
    answer["failure"] = {"code": 500, "message": "no"}


@ENGINE.broken
def client_got_another_answer(draft: Draft) -> None:
    """A client is told another value than the handler gave."""
    event, _ = asked_by_client(draft)
    event["output"] = {"another": 1}


@ENGINE.broken
def client_got_a_failure(draft: Draft) -> None:
    """A client is told a failure of a handler that succeeded."""
    event, _ = asked_by_client(draft)
    event.pop("output", None)
    event |= {"type": "fail", "status": 409, "code": "not_held", "message": "not_held: no"}


@ENGINE.broken
def client_got_another_message(draft: Draft) -> None:
    """A client is told another sentence than the handler failed with."""
    row = draft.pick(
        row for row in draft["history"] if row["type"] == "fail" and row["target"].split("/")[0] == "Checkout"
    )
    row["message"] = f"{row['code']}: another sentence"


@ENGINE.noticed
def ended_well_with_a_failure(draft: Draft) -> None:
    """An invocation ended well, and its output is a failure."""
    output = draft.entry(ended(draft), "Output")
    output.pop("value", None)
    output["failure"] = {"code": 500, "message": "no"}


@ENGINE.noticed
def failed_with_a_value(draft: Draft) -> None:
    """An invocation failed, and its output is a value."""
    output = draft.entry(ended(draft, "failure"), "Output")
    output.pop("failure")
    output["value"] = {"another": 1}


@ENGINE.noticed
def failed_with_another_failure(draft: Draft) -> None:
    """An invocation failed with another failure than its output."""
    row = ended(draft, "failure")
    row["failure"] = f"{row['failure']} otherwise"


@ENGINE.noticed
def ended_without_an_output(draft: Draft) -> None:
    """An invocation ended well, and its journal has no output."""
    output = draft.entry(ended(draft), "Output")
    draft.cut_entries(lambda row: row is output)


@ENGINE.noticed
def went_on_after_its_output(draft: Draft) -> None:
    """An invocation writes its state after its output."""
    row = draft.pick(row for row in draft["journal"] if row["type"] == "SetState")
    output = draft.entry(draft.invocation(row["invocation_id"]), "Output")
    draft["journal"].remove(row)
    draft["journal"].insert(draft["journal"].index(output) + 1, row)
    draft.reindex(row["invocation_id"])


@ENGINE.noticed
def answered_before_it_was_asked(draft: Draft) -> None:
    """A command's answer stands before the command."""
    command = call(draft)
    answer = draft.completion(command)
    draft["journal"].remove(answer)
    draft["journal"].insert(draft["journal"].index(command), answer)
    draft.reindex(command["invocation_id"])


@ENGINE.noticed
def run_answered_twice(draft: Draft) -> None:
    """A run block has two results."""
    answer = draft.completion(
        draft.pick(row for row in draft["journal"] if (row["kind"], row["type"]) == ("command", "Run"))
    )
    draft["journal"].insert(draft["journal"].index(answer) + 1, {**answer, "value": {"another": 1}})
    draft.reindex(answer["invocation_id"])


@ENGINE.noticed
def run_never_answered(draft: Draft) -> None:
    """A run block has no result, and its invocation ended well."""
    answer = draft.completion(
        draft.pick(row for row in draft["journal"] if (row["kind"], row["type"]) == ("command", "Run"))
    )
    draft.cut_entries(lambda row: row is answer)


@ENGINE.noticed
def result_of_no_run(draft: Draft) -> None:
    """There is a result of a run block, and no run block."""
    command = draft.pick(row for row in draft["journal"] if (row["kind"], row["type"]) == ("command", "Run"))
    draft.cut_entries(lambda row: row is command)


@ENGINE.noticed
def input_twice(draft: Draft) -> None:
    """A journal begins with two inputs."""
    entry = draft.entry(ended(draft), "Input")
    draft.insert(entry, {**entry, "value": {"another": 1}})


@ENGINE.noticed
def output_twice(draft: Draft) -> None:
    """A journal ends with two outputs that differ."""
    output = draft.entry(ended(draft), "Output")
    draft.insert(output, {**output, "value": {"another": 1}})


@ENGINE.broken
def state_read_is_not_what_was_written(draft: Draft) -> None:
    """A handler reads a value of its object's state that nobody wrote."""
    row = draft.pick(
        row for row in draft["journal"] if row["type"] == "GetEagerState" and isinstance(row.get("value"), dict)
    )
    row["value"] = {**row["value"], "another": 1}


@ENGINE.broken
def state_read_is_nothing(draft: Draft) -> None:
    """A handler that wrote reads nothing, though its object had a state."""
    writers = {row["invocation_id"] for row in draft["journal"] if row["type"] == "SetState"}
    row = draft.pick(
        row for row in draft["journal"]
        if row["type"] == "GetEagerState" and row.get("value") and row["invocation_id"] in writers
    )  # fmt: skip
    row.pop("value")


@ENGINE.broken
def state_at_the_end_is_not_the_last_write(draft: Draft) -> None:
    """An object's state at the end has something that nobody wrote."""
    row = draft.pick(row for row in draft["state"] if isinstance(row["value"], dict))
    row["value"] = {**row["value"], "another": 1}


@ENGINE.noticed
def state_of_nobody(draft: Draft) -> None:
    """An object has a state at the end, and no invocation of it ever wrote one."""
    row = draft.pick(draft["state"])
    draft["state"].append({**copy.deepcopy(row), "object_key": "another"})


@ENGINE.broken
def state_under_a_key_of_nobody(draft: Draft) -> None:
    """An object has a state under a key at the end that none of its invocations ever wrote."""
    row = draft.pick(row for row in draft["state"] if row["service"] != "Checkout")
    draft["state"].append({**copy.deepcopy(row), "key": "another"})


@ENGINE.broken
def two_writers_of_one_state(draft: Draft) -> None:
    """Two exclusive handlers of one object began from the same state, and the first one's write is lost."""
    reads = [row for row in draft["journal"] if row["type"] == "GetEagerState" and row.get("value") is not None]
    writers = {row["invocation_id"] for row in draft["journal"] if row["type"] == "SetState"}
    by_object: dict[tuple[str, Any, Any], list[Row]] = {}
    for row in reads:
        owner = draft.invocation(row["invocation_id"])
        if owner["id"] in writers:
            by_object.setdefault((owner["service"], owner["key"], row["state_key"]), []).append(row)
    pairs = [(a, b) for rows in by_object.values() for a in rows for b in rows if a["value"] != b["value"]]
    one, other = draft.pick(pairs)
    one["value"] = copy.deepcopy(other["value"])


@ENGINE.noticed
def killed(draft: Draft) -> None:
    """An invocation was killed, and no fault of the plan's did that."""
    row = draft.pick(row for row in draft.invocations("Checkout", "run"))
    output = draft.entry(row, "Output")
    draft.cut_entries(lambda entry: entry is output)
    row |= {"result": "failure", "failure": "[409] killed"}
    for event in draft.events(f"Checkout/{row['key']}/run"):
        if event["type"] in ("ok", "fail"):
            event.pop("output", None)
            event |= {"type": "info", "status": 409, "code": "unclear", "message": "killed"}


@ENGINE.broken
def paused(draft: Draft) -> None:
    """An invocation is paused at the end: Restate has given it up."""
    row = draft.pick(row for row in draft.invocations("Notifications", "notify"))
    for name in ("result", "completed_at_ms", "journal_size", "failure"):
        row.pop(name, None)
    row |= {"status": "paused", "last_failure": "[500] no"}


@ENGINE.broken
def took_another_path(draft: Draft) -> None:
    """An invocation cannot go on: its code took another path than its journal."""
    row = draft.pick(row for row in draft.invocations("Checkout", "run"))
    output = draft.entry(row, "Output")
    draft.cut_entries(lambda entry: entry is output)
    for name in ("result", "completed_at_ms", "journal_size", "failure"):
        row.pop(name, None)
    row |= {"status": "backing-off", "last_failure": "[570] journal mismatch", "retry_count": 7}


@ENGINE.broken
def same_key_answered_twice_differently(draft: Draft) -> None:
    """Two answers to one operation, the client's and the later one, differ."""
    row = draft.pick(row for row in draft["history"] if row["type"] == "ok" and isinstance(row.get("output"), dict))
    later = {**copy.deepcopy(row), "type": "resolve", "conclusion": "ok", "seq": len(draft["history"]) + 1}
    later.pop("latency_ms", None)
    later["output"]["another"] = 1
    draft["history"].append(later)


@ENGINE.broken
def called_from_outside_though_private(draft: Draft) -> None:
    """A client calls what only the app may call, and is answered."""
    seat = draft.pick(draft.seats)
    client(draft, "Ticket", seat, "expire", input={"hold": 0})


@ENGINE.broken
def answered_an_unknown_handler(draft: Draft) -> None:
    """A one-way call was sent to a handler, and another handler of the object ran in its place."""
    command = call(draft, "OneWayCall")
    service, _, rest = command["target"].partition("/")
    if service != "SeatMap":
        raise NotHere
    command["target"] = f"{service}/{rest.rpartition('/')[0]}/get"


@ENGINE.noticed
def workflow_ran_twice(draft: Draft) -> None:
    """The checkout of an order ran twice to its end, and was answered twice."""
    run = draft.run(draft.pick(draft.orders()))
    again = {**run, "id": draft.fresh("inv_1")}
    draft["invocations"].append(again)
    draft["journal"] += [{**row, "invocation_id": again["id"]} for row in draft.entries(run)]
