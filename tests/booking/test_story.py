"""An order's story: every source is in it, in its own order, and it has an end."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from booking.story import LINES, Stories, _ledger_line
from chaos.evidence.history import HistoryEvent
from chaos.evidence.ledger import LedgerRow, RowKind
from chaos.evidence.record import Record
from tests.reporting.fake_runs import START_MS, FakeFault, Simulation

KILL = FakeFault("die", "kill", "endpoint-0", 260, 900)


@pytest.fixture
def simulation() -> Simulation:
    return Simulation("story", orders=60, seats=60, declined=1, faults=[KILL])


def rewritten(record: Record, source: str, lines: list[str]) -> Record:
    """The record with another content of one source, as a run would have written it."""
    (record.folder / f"{source}.jsonl").write_text("".join(line + "\n" for line in lines), "utf-8")
    meta = record.meta.model_dump(mode="json")
    meta["sources"][source]["rows"] = len(lines)
    path = record.folder / "record.json"
    path.write_text(record.meta.model_validate(meta).model_dump_json(), "utf-8")
    return Record.open(record.folder)


def test_every_source_speaks_and_time_never_falls(simulation: Simulation, tmp_path: Path) -> None:
    record = simulation.write(tmp_path / "r")
    under_fire = next(
        operation.key for operation in record.operations if START_MS + 260 < operation.invoked_at_ms < START_MS + 900
    )
    lines, left_out = Stories(record).tell(under_fire)
    assert {line.source for line in lines} == {"client", "restate", "gateway", "mailer", "fault"}
    assert left_out == 0
    assert all(before.at_ms <= after.at_ms for before, after in pairwise(lines))
    texts = [line.text for line in lines]
    assert texts[0].startswith("kill endpoint-0: injected")
    assert any(text.startswith("CAPTURE ch_") and "49.50 EUR" in text for text in texts)
    assert any(text.startswith("backs off after attempt 2") for text in texts)


def test_the_order_within_a_journal_is_its_index_even_when_its_clock_runs_back(
    simulation: Simulation, tmp_path: Path
) -> None:
    record = simulation.write(tmp_path / "r")
    order = simulation.order_ids[5]
    root = record.tree("Checkout", order, "run")
    assert root is not None
    back = [
        entry.model_copy(update={"appended_at_ms": entry.appended_at_ms - 40 * (entry.index % 2)}).model_dump_json()
        if entry.invocation_id == root.invocation.id and entry.appended_at_ms
        else entry.model_dump_json()
        for entry in record.journal()
    ]
    lines, _ = Stories(rewritten(record, "journal", back)).tell(order)
    places = [int(line.place.split("#")[1]) for line in lines if line.place.startswith("Checkout.run #")]
    assert places == sorted(places)


def test_a_compensation_is_told_though_its_rows_name_only_a_key(simulation: Simulation, tmp_path: Path) -> None:
    lines, _ = Stories(simulation.write(tmp_path / "r")).tell(simulation.order_ids[0])
    gateway = [line.text for line in lines if line.source == "gateway"]
    assert "answers 402" in gateway
    assert "BAR" in gateway
    assert any(line.weight == "trouble" and "declined" in line.text for line in lines)


def test_an_answer_that_never_came_is_told_as_unknown(simulation: Simulation, tmp_path: Path) -> None:
    record = simulation.write(tmp_path / "r")
    order = simulation.order_ids[3]
    kept = [
        event.model_dump_json()
        if event.operation != 3 or event.type == "invoke"
        else HistoryEvent.model_validate(
            {**event.model_dump(), "type": "info", "status": None, "code": "timeout", "output": None}
        ).model_dump_json()
        for event in record.history
    ]
    lines, _ = Stories(rewritten(record, "history", kept)).tell(order)
    told = [line for line in lines if line.source == "client"]
    assert told[-1].text == "gets no answer (timeout): it may or may not have happened"
    assert told[-1].weight == "trouble"


def test_a_long_story_loses_its_middle_and_says_so(simulation: Simulation, tmp_path: Path) -> None:
    record = simulation.write(tmp_path / "r")
    order = simulation.order_ids[7]
    first = len(record.ledger("gateway")) + 1
    many = [
        LedgerRow(
            row=first + number, at_ms=START_MS + 100 + number, kind="arrival", attempt=first + number, method="POST",
            path="/v1/charges", key=f"charge:{order}", case=order,
        )
        for number in range(500)
    ]  # fmt: skip
    rows = [row.model_dump_json() for row in [*record.ledger("gateway"), *many]]
    lines, left_out = Stories(rewritten(record, "gateway", rows)).tell(order)
    assert len(lines) == LINES
    assert left_out > 400
    assert lines[0].text.startswith("client")


def test_an_unknown_order_has_no_story(simulation: Simulation, tmp_path: Path) -> None:
    assert Stories(simulation.write(tmp_path / "r")).tell("nobody") == ((), 0)


@pytest.mark.parametrize("kind", get_args(RowKind))
def test_every_kind_of_ledger_row_is_told(kind: RowKind) -> None:
    row = LedgerRow(row=1, at_ms=START_MS, kind=kind, attempt=1, method="POST", path="/v1/charges", detail="a detail")
    assert _ledger_line("gateway", row).text
