"""Restate's journal events as evidence: after which entry of its journal an attempt ended, and why."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from pydantic_core import from_json

from chaos.evidence.journal import JOURNALS_PER_QUERY, JournalReader, sql_text
from chaos.model import Frozen


class JournalEvent(Frozen):
    """One row of sys_journal_events: `type` is TransientError, Paused or whatever else Restate writes there.

    Restate keeps only a few, and equal ones only once: a missing one proves nothing. Stack traces are left out,
    because they reveal details of the machine that ran the code.
    """

    invocation_id: str
    after_index: int  # of the last journal entry before it
    type: str
    at_ms: int | None = None
    code: int | None = None  # 570: the code took a different path than its journal
    doc_code: str | None = None  # Restate's own name for the error: "RT0016"
    message: str | None = None
    command_index: int | None = None  # the command that the attempt was at, counting commands only
    command_type: str | None = None
    command_name: str | None = None


async def journal_events(reader: JournalReader, invocation_ids: Sequence[str]) -> AsyncIterator[JournalEvent]:
    """The events of these invocations, each in journal order. Raises httpx.HTTPError if they cannot be read."""
    for start in range(0, len(invocation_ids), JOURNALS_PER_QUERY):
        ids = ", ".join(sql_text(id_) for id_ in invocation_ids[start : start + JOURNALS_PER_QUERY])
        rows = await reader.query(
            "select id, after_journal_entry_index, appended_at, event_type, event_json from sys_journal_events "  # noqa: S608 - quoted by sql_text
            f"where id in ({ids}) order by id, after_journal_entry_index, appended_at"
        )
        for row in rows:
            yield event_from_row(row)


def event_from_row(row: dict[str, Any]) -> JournalEvent:
    """Builds a JournalEvent; for an event of an unknown form, only its position and type are kept."""
    body = from_json(row.get("event_json") or "{}")
    failure = body.get("last_failure", body) if isinstance(body, dict) else {}  # in Paused it is one level deeper
    if not isinstance(failure, dict):
        failure = {}
    at = row.get("appended_at")
    return JournalEvent(
        invocation_id=row["id"],
        after_index=row["after_journal_entry_index"],
        type=row["event_type"],
        at_ms=round(datetime.fromisoformat(at).timestamp() * 1000) if at else None,
        code=failure.get("error_code"),
        doc_code=failure.get("restate_doc_error_code"),
        message=failure.get("error_message"),
        command_index=failure.get("related_command_index"),
        command_type=failure.get("related_command_type"),
        command_name=failure.get("related_command_name"),
    )
