"""Paging: every row once, in order, however many there are, and never all of them in memory."""

from __future__ import annotations

import json
import re
import tracemalloc
from pathlib import Path
from typing import Any

import httpx

from chaos.evidence.journal import JOURNALS_PER_QUERY, PAGE_ROWS, JournalReader
from chaos.evidence.recorder import Recorder
from chaos.evidence.redaction import Redactor

AT = "2026-11-21T09:31:23.272Z"
RUN = json.dumps({"Command": {"Run": {"completion_id": 3, "name": "charge"}}})
INVOCATION = {
    "target_service_name": "Checkout", "target_service_key": "o", "target_handler_name": "run", "status": "completed",
    "created_at": AT,
}  # fmt: skip


class Tables(JournalReader):
    """Restate's tables as this many invocations with this many entries each; counts the queries."""

    def __init__(self, invocations: int, entries: int) -> None:
        super().__init__("http://127.0.0.1:9", httpx.AsyncClient())
        self.ids = [f"inv_{number:06}" for number in range(invocations)]
        self._entries = entries
        self.queries = 0

    async def query(self, sql: str) -> list[dict[str, Any]]:
        self.queries += 1
        last = re.findall(r"[ (]id > '([^']*)'", sql)[0]
        if "from sys_invocation" in sql:
            return [{"id": each, **INVOCATION} for each in self.ids if each > last][:PAGE_ROWS]
        last_index = int(re.findall(r"index > (-?\d+)", sql)[0])
        wanted = re.findall(r"'(inv_\d+)'", sql.split(") and (", maxsplit=1)[0])
        rows: list[dict[str, Any]] = []
        for id_ in wanted:
            rows += [self._row(id_, index) for index in range(self._entries) if (id_, index) > (last, last_index)]
            if len(rows) >= PAGE_ROWS:
                break
        return rows[:PAGE_ROWS]

    def _row(self, id_: str, index: int) -> dict[str, Any]:
        return {
            "id": id_, "index": index, "entry_type": "Command: Run", "name": "charge", "appended_at": AT,
            "entry_json": RUN,
        }  # fmt: skip


async def test_every_invocation_is_read_once_and_in_order() -> None:
    tables = Tables(2 * PAGE_ROWS + 1, 0)
    assert [each.id async for each in tables.invocations("true")] == tables.ids
    assert tables.queries == 3


async def test_a_last_page_that_is_just_full_is_followed_by_an_empty_one() -> None:
    tables = Tables(PAGE_ROWS, 0)
    assert len([each async for each in tables.invocations("true")]) == PAGE_ROWS
    assert tables.queries == 2


async def test_journals_are_read_over_the_borders_of_pages_and_of_id_lists() -> None:
    tables = Tables(JOURNALS_PER_QUERY + 3, 7)
    read = [(entry.invocation_id, entry.index) async for entry in tables.entries(tables.ids)]
    assert read == [(id_, index) for id_ in tables.ids for index in range(7)]


async def test_a_hundred_thousand_entries_are_never_all_in_memory(tmp_path: Path) -> None:
    tables = Tables(5_000, 20)
    recorder = Recorder(tmp_path, Redactor())
    tracemalloc.start()
    try:
        await recorder.write_stream("journal", tables.entries(tables.ids))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert recorder.sources["journal"].rows == 100_000
    assert peak < 16 * 1024**2, f"{peak / 1024**2:.0f} MB at the peak, {tables.queries} queries"
