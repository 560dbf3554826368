"""Restate's journal as evidence: invocations, decoded entries and state, read page by page through the admin API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import httpx
from pydantic import JsonValue
from pydantic_core import from_json  # several times faster than the standard library, above all on arrays of bytes

from chaos.model import Frozen

PAGE_ROWS = 1000
IDS_PER_QUERY = 500
JOURNALS_PER_QUERY = 100  # most of these fit on one page; for every page Restate renders the entries of all of them
# Compressing its answers would cost Restate more CPU, which it shares with us, than sending them as they are.
PLAIN_JSON = {"accept": "application/json", "accept-encoding": "identity"}

# Valid JSON by construction, since it was decoded. Validating it again took most of the time of reading a journal.
if TYPE_CHECKING:
    Decoded = JsonValue
else:
    Decoded = Any


class Failure(Frozen):
    """A terminal failure as Restate keeps it; the contract's messages read `code: sentence`."""

    code: int
    message: str


class Invocation(Frozen):
    """One row of sys_invocation; `status` is completed, running, suspended, backing-off, scheduled, paused, ready …"""

    id: str
    service: str
    key: str | None = None
    handler: str
    status: str
    result: Literal["success", "failure"] | None = None
    failure: str | None = None  # "[409] overdrawn: …"
    invoked_by: str  # "ingress" or "service"
    invoked_by_id: str | None = None
    created_at_ms: int
    completed_at_ms: int | None = None
    scheduled_start_at_ms: int | None = None
    retry_count: int | None = None  # gone once the invocation has ended
    last_failure: str | None = None
    deployment_id: str | None = None
    journal_size: int | None = None
    idempotency_key: str | None = None


class JournalEntry(Frozen):
    """One decoded row of sys_journal.

    `kind` and `type` are the halves of Restate's entry_type ("Command: Run" is command, Run). A command and the
    notification that answers it share `completion_id`. `value` is the decoded JSON payload: an input, a call's
    parameter, a run's or call's result, a state value, an output. Bytes that are not JSON become {"bytes": length,
    "text": what can be read in them}.
    """

    invocation_id: str
    index: int
    kind: Literal["command", "notification", "other"]
    type: str
    name: str | None = None
    appended_at_ms: int | None = None
    completion_id: int | None = None
    target: str | None = None  # calls: "Greeter/ada/greet"
    invoked_id: str | None = None  # calls: the callee's invocation id; signals: the receiver's
    state_key: str | None = None
    value: Decoded = None
    headers: Decoded = None  # calls: those the caller added, [{"name", "value"}]
    failure: Failure | None = None


class StateRow(Frozen):
    """One key of one object's state; `value` decoded like a journal payload."""

    service: str
    object_key: str
    key: str
    value: Decoded = None


class JournalReader:
    """Reads the system tables of one Restate server, a page at a time."""

    def __init__(self, admin_url: str, client: httpx.AsyncClient) -> None:
        self._query_url = f"{admin_url}/query"
        self._client = client

    async def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of one SQL query. Raises httpx.HTTPError when the server cannot be read."""
        response = await self._client.post(self._query_url, json={"query": sql}, headers=PLAIN_JSON, timeout=30)
        response.raise_for_status()
        rows: list[dict[str, Any]] = from_json(response.content)["rows"]
        return rows

    async def invocations(self, where: str) -> AsyncIterator[Invocation]:
        """The invocations that match the SQL condition, ordered by id."""
        last = ""
        while True:
            rows = await self.query(
                f"select {_INVOCATION_COLUMNS} from sys_invocation where ({where}) and id > {sql_text(last)} "  # noqa: S608 - quoted by sql_text
                f"order by id limit {PAGE_ROWS}"
            )
            for row in rows:
                yield invocation_from_row(row)
            if len(rows) < PAGE_ROWS:
                return
            last = rows[-1]["id"]

    async def entries(self, invocation_ids: Sequence[str]) -> AsyncIterator[JournalEntry]:
        """The journals of these invocations, each in index order."""
        for start in range(0, len(invocation_ids), JOURNALS_PER_QUERY):
            ids = ", ".join(sql_text(id_) for id_ in invocation_ids[start : start + JOURNALS_PER_QUERY])
            last_id, last_index = "", -1
            while True:
                rows = await self.query(
                    "select id, index, entry_type, name, appended_at, entry_json from sys_journal "  # noqa: S608 - quoted by sql_text
                    f"where id in ({ids}) and (id > {sql_text(last_id)} or (id = {sql_text(last_id)} "
                    f"and index > {last_index})) order by id, index limit {PAGE_ROWS}"
                )
                for row in rows:
                    yield entry_from_row(row)
                if len(rows) < PAGE_ROWS:
                    break
                last_id, last_index = rows[-1]["id"], rows[-1]["index"]

    async def callees(self, invocation_ids: Sequence[str]) -> set[str]:
        """The invocation ids that these invocations (at most IDS_PER_QUERY) have called or sent to."""
        return {command["invocation_id"] for command in await self._commands(invocation_ids, "Call", "OneWayCall")}

    async def signalled(self, invocation_ids: Sequence[str]) -> set[str]:
        """The invocation ids that these invocations (at most IDS_PER_QUERY) signalled, such as to cancel them."""
        return {command["target_invocation_id"] for command in await self._commands(invocation_ids, "SendSignal")}

    async def _commands(self, invocation_ids: Sequence[str], *types: str) -> list[dict[str, Any]]:
        """The commands of those types, without their payloads."""
        ids = ", ".join(sql_text(id_) for id_ in invocation_ids)
        wanted = ", ".join(sql_text(f"Command: {type_}") for type_ in types)
        rows = await self.query(
            f"select entry_lite_json from sys_journal where id in ({ids}) and entry_type in ({wanted})"  # noqa: S608 - quoted by sql_text
        )
        return [next(iter(from_json(row["entry_lite_json"])["Command"].values())) for row in rows]

    async def state(self, where: str) -> AsyncIterator[StateRow]:
        """The state rows that match the SQL condition (on service_name, service_key, key)."""
        last = ("", "", "")
        while True:
            service, object_key, key = (sql_text(part) for part in last)
            rows = await self.query(
                "select service_name, service_key, key, value_utf8, value from state "  # noqa: S608 - quoted by sql_text
                f"where ({where}) and (service_name > {service} or (service_name = {service} and "
                f"(service_key > {object_key} or (service_key = {object_key} and key > {key})))) "
                f"order by service_name, service_key, key limit {PAGE_ROWS}"
            )
            for row in rows:
                yield state_from_row(row)
            if len(rows) < PAGE_ROWS:
                return
            last = (rows[-1]["service_name"], rows[-1]["service_key"], rows[-1]["key"])


_INVOCATION_COLUMNS = (
    "id, target_service_name, target_service_key, target_handler_name, status, completion_result, completion_failure, "
    "invoked_by, invoked_by_id, created_at, completed_at, scheduled_start_at, retry_count, last_failure, "
    "pinned_deployment_id, journal_size, idempotency_key"
)


def sql_text(value: str) -> str:
    """A SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def invocation_from_row(row: dict[str, Any]) -> Invocation:
    """Builds an Invocation from a sys_invocation row; absent columns are null."""
    return Invocation(
        id=row["id"],
        service=row["target_service_name"],
        key=row.get("target_service_key"),
        handler=row["target_handler_name"],
        status=row["status"],
        result=row.get("completion_result"),
        failure=row.get("completion_failure"),
        invoked_by=row.get("invoked_by") or "unknown",
        invoked_by_id=row.get("invoked_by_id"),
        created_at_ms=_ms(row["created_at"]) or 0,
        completed_at_ms=_ms(row.get("completed_at")),
        scheduled_start_at_ms=_ms(row.get("scheduled_start_at")),
        retry_count=row.get("retry_count"),
        last_failure=row.get("last_failure"),
        deployment_id=row.get("pinned_deployment_id"),
        journal_size=row.get("journal_size"),
        idempotency_key=row.get("idempotency_key"),
    )


def entry_from_row(row: dict[str, Any]) -> JournalEntry:
    """Decodes one sys_journal row: entry_json renders payloads as arrays of byte values."""
    kind, _, type_ = row["entry_type"].partition(": ")
    body = from_json(row.get("entry_json") or "{}")
    command = body.get("Command", {}).get(type_) if isinstance(body.get("Command"), dict) else None
    if isinstance(command, dict):
        return _command(row, type_, command)
    notified = body.get("Notification") if isinstance(body.get("Notification"), dict) else {}
    # A signal, such as a resolved awakeable, completes no command.
    completion = notified if type_ == "Signal" else notified.get("Completion", {})
    notification = completion.get(type_) if isinstance(completion, dict) else None
    value, failure = _result(notification.get("result")) if isinstance(notification, dict) else (None, None)
    return JournalEntry(
        invocation_id=row["id"],
        index=row["index"],
        kind="notification" if kind == "Notification" else "command" if kind == "Command" else "other",
        type=type_ or kind,
        name=row.get("name") or None,
        appended_at_ms=_ms(row.get("appended_at")),
        completion_id=notification.get("completion_id") if isinstance(notification, dict) else None,
        invoked_id=notification.get("invocation_id") if isinstance(notification, dict) else None,
        value=value,
        failure=failure,
    )


def _command(row: dict[str, Any], type_: str, command: dict[str, Any]) -> JournalEntry:
    request = command.get("request") or {}
    value, failure = _result(command.get("result"))
    for payload in ("payload", "value"):
        if isinstance(command.get(payload), dict):  # a promise is completed with a result
            value, failure = _result(command[payload])
        elif payload in command:
            value = decode_payload(command[payload])
    if "parameter" in request:
        value = decode_payload(request["parameter"])
    return JournalEntry(
        invocation_id=row["id"],
        index=row["index"],
        kind="command",
        type=type_,
        name=row.get("name") or None,
        appended_at_ms=_ms(row.get("appended_at")),
        completion_id=command.get("result_completion_id", command.get("completion_id")),
        target=_target(request.get("invocation_target")),
        invoked_id=request.get("invocation_id", command.get("target_invocation_id")),
        state_key=command.get("key") if "State" in type_ else None,
        value=value,
        headers=request.get("headers") or None,
        failure=failure,
    )


def _target(target: dict[str, Any] | None) -> str | None:
    if not target:
        return None
    parts = next(iter(target.values()))
    return "/".join(part for part in (parts.get("name"), parts.get("key"), parts.get("handler")) if part is not None)


def _result(result: Any) -> tuple[JsonValue, Failure | None]:
    if not isinstance(result, dict):
        return None, None
    if "Failure" in result:
        return None, Failure(code=result["Failure"]["code"], message=result["Failure"]["message"])
    return decode_payload(result.get("Success", [])), None


def decode_payload(payload: list[int]) -> JsonValue:
    """JSON from an array of byte values; null when empty. If it is not JSON, its length and the text found in it."""
    if not payload:
        return None
    data = bytes(payload)
    try:
        value: JsonValue = from_json(data)
    except (ValueError, TypeError):
        # Nobody interprets it, but it is searched for secrets. Without the zero bytes, UTF-16 is readable too.
        return {"bytes": len(data), "text": data.replace(b"\0", b"").decode(errors="ignore")}
    return value


def state_from_row(row: dict[str, Any]) -> StateRow:
    """Builds a StateRow; a value that is not JSON text is decoded as in a journal."""
    text = row.get("value_utf8")
    value = (
        decode_payload(list(text.encode())) if text is not None else decode_payload(list(bytes.fromhex(row["value"])))
    )
    return StateRow(service=row["service_name"], object_key=row["service_key"], key=row["key"], value=value)


def _ms(text: str | None) -> int | None:
    if not text:
        return None
    return round(datetime.fromisoformat(text).timestamp() * 1000)
