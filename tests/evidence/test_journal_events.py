"""Journal events: rows as a real restate-server 1.7.12 gave them, read for the run's invocations and kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from chaos.evidence.journal import JOURNALS_PER_QUERY, JournalReader
from chaos.evidence.journal_events import event_from_row, journal_events
from chaos.evidence.recorder import Recorder
from chaos.evidence.redaction import Redactor

MISMATCH = {
    "ty": "TransientError", "error_code": 570, "error_message": "Found a mismatch between the code paths",
    "restate_doc_error_code": "RT0016", "related_command_index": 1, "related_command_type": "Sleep",
}  # fmt: skip
BOOM = {
    "error_code": 500, "error_message": "ValueError(tok_ok_0123456789)", "error_stacktrace": "File /home/me/app.py",
    "restate_doc_error_code": "RT0007", "related_command_index": 1, "related_command_name": "flaky",
    "related_command_type": "Run",
}  # fmt: skip


def row(type_: str, body: Any, id_: str = "inv_1") -> dict[str, Any]:
    return {
        "id": id_, "after_journal_entry_index": 2, "appended_at": "2026-11-28T06:41:02.175Z", "event_type": type_,
        "event_json": json.dumps(body),
    }  # fmt: skip


class Events(JournalReader):
    """sys_journal_events with one event of each invocation that is asked for."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", httpx.AsyncClient())
        self.queries = 0

    async def query(self, sql: str) -> list[dict[str, Any]]:
        self.queries += 1
        wanted = sql.partition("where id in (")[2].partition(")")[0].split(", ")
        return [row("TransientError", BOOM, id_.strip("'")) for id_ in wanted]


def test_an_error_says_after_which_entry_at_which_command_and_why() -> None:
    event = event_from_row(row("TransientError", MISMATCH))
    assert (event.invocation_id, event.after_index, event.type, event.code) == ("inv_1", 2, "TransientError", 570)
    assert (event.doc_code, event.command_index, event.command_type) == ("RT0016", 1, "Sleep")
    assert (event.message, event.command_name) == ("Found a mismatch between the code paths", None)


def test_a_pause_carries_the_failure_that_led_to_it() -> None:
    event = event_from_row(row("Paused", {"ty": "Paused", "last_failure": BOOM}))
    assert (event.type, event.code, event.command_type, event.command_name) == ("Paused", 500, "Run", "flaky")


def test_of_an_event_that_is_not_known_place_and_type_are_kept() -> None:
    for body in ({"ty": "Suspended"}, {"last_failure": None}, ["new"], None):
        event = event_from_row(row("Suspended", body))
        assert (event.type, event.after_index, event.code, event.message) == ("Suspended", 2, None, None)


async def test_every_invocation_is_asked_for_and_what_is_written_has_no_secret_and_no_path(tmp_path: Path) -> None:
    reader, recorder = Events(), Recorder(tmp_path, Redactor())
    ids = [f"inv_{number}" for number in range(JOURNALS_PER_QUERY + 1)]
    await recorder.write_stream("journal_events", journal_events(reader, ids))
    assert (reader.queries, recorder.sources["journal_events"].rows) == (2, len(ids))
    written = (tmp_path / "journal_events.jsonl").read_text("utf-8")
    assert "tok_ok" not in written
    assert "/home/me" not in written
