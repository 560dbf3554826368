"""Calls that never were: a client's, or one handler's of another, with all that a run would have written of them."""

from __future__ import annotations

from typing import Any

from tests.mutations.draft import Draft, Row

WORKFLOWS = frozenset({"Checkout", "Signup"})
LATER_MS = 5


def invoke(
    draft: Draft,
    service: str,
    key: str | None,
    handler: str,
    *,
    input: Any = None,
    output: Any = None,
    failure: tuple[int, str] | None = None,
    state: str | None = None,
    found: Any = None,
    left: Any = None,
    by: Row | None = None,
    idempotency_key: str | None = None,
) -> Row:
    """An invocation that has ended, and its journal: what it `found` under the key `state`, and `left` there."""
    like = draft["invocations"][0]
    at_ms = draft.meta["ended_at_ms"] - 100
    id_ = draft.fresh("inv_1")
    entries: list[Row] = [{"type": "Input", "value": input}]
    if state:
        entries.append({"type": "GetEagerState", "state_key": state, "value": found})
    if left is not None:
        entries.append({"type": "SetState", "state_key": state, "value": left})
    ended = {"value": output} if failure is None else {"failure": {"code": failure[0], "message": failure[1]}}
    entries.append({"type": "Output", **ended})
    about = {"invocation_id": id_, "kind": "command", "appended_at_ms": at_ms}
    draft["journal"] += [_without_none({**about, "index": index, **entry}) for index, entry in enumerate(entries)]
    row = {
        "id": id_, "service": service, "key": key, "handler": handler, "status": "completed",
        "result": "failure" if failure else "success", "failure": f"[{failure[0]}] {failure[1]}" if failure else None,
        "invoked_by": "service" if by else "ingress", "invoked_by_id": by["id"] if by else None,
        "created_at_ms": at_ms, "completed_at_ms": at_ms + LATER_MS, "deployment_id": like.get("deployment_id"),
        "journal_size": len(entries), "idempotency_key": idempotency_key,
    }  # fmt: skip
    draft["invocations"].append(_without_none(row))
    return draft["invocations"][-1]


def client(
    draft: Draft,
    service: str,
    key: str,
    handler: str,
    *,
    input: Any = None,
    output: Any = None,
    failure: tuple[int, str] | None = None,
    **state: Any,
) -> Row:
    """A client asks after everything else, and is answered at once. Gives the invocation."""
    number = told(draft, service, key, handler, input=input, output=output, failure=failure)
    idempotency_key = None if service in WORKFLOWS else f"{draft.meta['scope']}-{number}"
    return invoke(
        draft, service, key, handler, input=input, output=output, failure=failure,
        idempotency_key=idempotency_key, **state,
    )  # fmt: skip


def told(
    draft: Draft,
    service: str,
    key: str,
    handler: str,
    *,
    input: Any = None,
    output: Any = None,
    failure: tuple[int, str] | None = None,
    process: int | None = None,
) -> int:
    """What the client of such a call did and heard, and that the plan had it do so. Gives the operation's number."""
    history, operations = draft["history"], draft.decisions["load"]["operations"]
    number = max(row["operation"] for row in history) + 1
    target = f"{service}/{key}/{handler}" if key else f"{service}/{handler}"
    at_ms, seq = max(row["at_ms"] for row in history) + LATER_MS, max(row["seq"] for row in history)
    about = {"operation": number, "process": 0 if process is None else process, "target": target}
    end: Row = {"type": "ok", "output": output, "status": 200}
    if failure:
        status, message = failure
        end = {"type": "fail", "status": status, "code": message.partition(":")[0], "message": message}
    for offset, event in enumerate(({"type": "invoke", "input": input}, end), 1):
        history.append(_without_none({"seq": seq + offset, "at_ms": at_ms + offset, **about, **event}))
    history[-1]["latency_ms"] = 1.0
    operations.append({"number": number, "service": service, "key": key, "handler": handler, "input": input})
    draft.meta["load_ended_at_ms"] = max(at_ms + 2, draft.meta.get("load_ended_at_ms") or 0)
    return number


def send(draft: Draft, caller: Row, target: str, value: Any, callee: Row | None = None) -> None:
    """A one-way call before the caller's output, to an invocation that is there (none: lost)."""
    id_ = callee["id"] if callee else draft.fresh("inv_1")
    if callee:
        callee |= {"invoked_by": "service", "invoked_by_id": caller["id"]}
        callee.pop("idempotency_key", None)
    draft.insert(
        draft.entry(caller, "Output"),
        {"type": "OneWayCall", "target": target, "invoked_id": id_, "value": value},
        {
            "kind": "notification",
            "type": "CallInvocationId",
            "completion_id": 900 + len(draft["journal"]),
            "invoked_id": id_,
        },
    )


def forget(draft: Draft, callee: Row) -> None:
    """An invocation, and its caller's call of it, as if neither had ever been; also all that it called itself."""
    for child in [row for row in draft["invocations"] if row.get("invoked_by_id") == callee["id"]]:
        forget(draft, child)
    uncall(draft, callee)
    draft["invocations"].remove(next(row for row in draft["invocations"] if row["id"] == callee["id"]))
    draft["journal"] = [row for row in draft["journal"] if row["invocation_id"] != callee["id"]]


def uncall(draft: Draft, callee: Row) -> None:
    """The call of an invocation, taken out of its caller's journal."""
    calls = [row for row in draft["journal"] if row.get("invoked_id") == callee["id"] and "target" in row]
    for call in calls:
        place = (call["invocation_id"], call.get("completion_id"))
        draft.cut_entries(
            lambda row, call=call, place=place: (  # type: ignore[misc]
                row is call
                or (row["invocation_id"] == place[0] and row.get("invoked_id") == callee["id"])
                or (
                    (row["invocation_id"], row.get("completion_id")) == place
                    and row["type"] == call["type"] != "OneWayCall"
                )
            )
        )


def _without_none(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}
