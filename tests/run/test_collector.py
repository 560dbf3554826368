"""At rest: a message on its way between partitions is in no table, and what it will begin has not ended."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from booking.system import SYSTEM
from chaos.evidence.journal import Invocation, StateRow
from chaos.evidence.recorder import Recorder
from chaos.evidence.redaction import Redactor
from chaos.run.collector import Collector
from chaos.waiting import NotYet


def invocation(name: str, status: str = "completed", service: str = "Ticket") -> Invocation:
    return Invocation(
        id=name, service=service, key="s-1-e:A1", handler=name, status=status, invoked_by="ingress", created_at_ms=1
    )  # fmt: skip


class Tables:
    """sys_invocation and the calls in sys_journal, as a JournalReader shows them: `confirm` has sent `set`."""

    def __init__(self, *rows: Invocation, tickets: Sequence[dict[str, Any]] = ()) -> None:
        self.rows = rows
        self.tickets = tickets
        self.cancelled: set[str] = set()

    async def state(self, where: str) -> AsyncIterator[StateRow]:
        for value in self.tickets:
            yield StateRow(service="Ticket", object_key="s-1-e:A1", key="ticket", value=value)

    async def invocations(self, where: str) -> AsyncIterator[Invocation]:
        for row in self.rows:
            if (row.id == "confirm" and "starts_with" in where) or f"'{row.id}'" in where:
                yield row

    async def callees(self, ids: Sequence[str]) -> set[str]:
        return {"set"} if "confirm" in ids else set()

    async def signalled(self, ids: Sequence[str]) -> set[str]:
        return self.cancelled


def collector(tmp_path: Path, journal: Any) -> Collector:
    stack: Any = SimpleNamespace(journal=journal, known_cases=set())
    return Collector(stack, Recorder(tmp_path, Redactor()), "s-1", [], SYSTEM)


@pytest.mark.parametrize("rows", [[invocation("confirm")], [invocation("confirm"), invocation("set", "running")]])
async def test_a_message_that_has_not_arrived_or_is_worked_on_is_no_rest(
    rows: list[Invocation], tmp_path: Path
) -> None:
    with pytest.raises(NotYet):
        await collector(tmp_path, Tables(*rows)).is_at_rest()


async def test_a_timer_that_was_cancelled_before_its_time_is_not_waited_for(tmp_path: Path) -> None:
    tables = Tables(invocation("confirm"))
    tables.cancelled = {"set"}
    await collector(tmp_path, tables).is_at_rest()


@pytest.mark.parametrize("status", ["completed", "scheduled"])
async def test_what_has_ended_or_is_for_later_is_at_rest(status: str, tmp_path: Path) -> None:
    await collector(tmp_path, Tables(invocation("confirm"), invocation("set", status))).is_at_rest()


@pytest.mark.parametrize(("in_ms", "rests"), [(-10, False), (200, False), (60_000, True)])
async def test_a_timer_that_comes_while_the_evidence_is_read_is_no_rest(
    in_ms: int, rests: bool, tmp_path: Path
) -> None:
    timer = invocation("set", "scheduled").model_copy(update={"scheduled_start_at_ms": int(time.time() * 1000) + in_ms})
    with contextlib.nullcontext() if rests else pytest.raises(NotYet, match="set scheduled"):
        await collector(tmp_path, Tables(invocation("confirm"), timer)).is_at_rest()


async def test_a_step_that_is_sent_with_a_delay_is_waited_for(tmp_path: Path) -> None:
    """A map that hears of its tickets a moment later is a slow map, and converges."""
    late = invocation("set", "scheduled", "SeatMap")
    with pytest.raises(NotYet, match="set scheduled"):
        await collector(tmp_path, Tables(invocation("confirm"), late)).is_at_rest()


@pytest.mark.parametrize(
    ("status", "ends_in_s", "rests"),
    [
        ("RESERVED", 1, False),
        ("RESERVED", -1, False),
        ("RESERVED", 900, True),
        ("RESERVED", -900, True),
        ("SOLD", 1, True),
    ],
)
async def test_a_hold_about_to_end_is_no_rest(status: str, ends_in_s: int, rests: bool, tmp_path: Path) -> None:
    ticket = {"status": status, "expires_at_ms": (time.time() + ends_in_s) * 1000}
    looking = collector(tmp_path, Tables(invocation("confirm"), invocation("set"), tickets=[ticket]))
    with (
        contextlib.nullcontext()
        if rests
        else pytest.raises(NotYet, match="Ticket/s-1-e:A1 is about to change by itself")
    ):
        await looking.is_at_rest()


@pytest.mark.parametrize("error", [httpx.ReadError("cut off"), KeyError("rows"), ValueError("not JSON")])
async def test_tables_that_cannot_be_read_show_no_rest_and_are_missing(error: Exception, tmp_path: Path) -> None:
    class Unreadable(Tables):
        async def invocations(self, where: str) -> AsyncIterator[Invocation]:
            raise error
            yield

    broken = collector(tmp_path, Unreadable())
    with pytest.raises(NotYet):
        await broken.is_at_rest()
    await broken._collect_journal()
    sources = broken._recorder.sources
    assert {name: source.state for name, source in sources.items()} == {
        "invocations": "missing", "journal": "missing", "journal_events": "missing",
    }  # fmt: skip
