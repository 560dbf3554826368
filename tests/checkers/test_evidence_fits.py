"""evidence_fits: damage of the harness's own is UNKNOWN, whatever it is, and never the app's fault."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chaos.checkers import CHECKERS
from chaos.evidence.record import Record
from chaos.verdict import CheckResult, Outcome
from tests.checkers.world import EVENT, World

NAME = "evidence_fits"


def good() -> World:
    return World().book("o1", attempts=2).decline("o2", "A2").fault()


def told(record: Record) -> tuple[Outcome, list[str]]:
    result: CheckResult = CHECKERS[NAME].check(record)
    return result.outcome, [finding.message for finding in result.findings]


def test_what_fits_is_valid(tmp_path: Path) -> None:
    assert told(good().write(tmp_path / "r")) == (Outcome.VALID, [])


def again(rows: list[Any], at: int = 0) -> None:
    rows.append(rows[at])


def moved(rows: list[Any], at: int, **change: Any) -> None:
    rows[at] = rows[at].model_copy(update=change)


def first(world: World, source: str, **wanted: Any) -> int:
    rows = world.rows[source]
    return next(n for n, row in enumerate(rows) if all(getattr(row, k) == v for k, v in wanted.items()))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda w: again(w.rows["history"]), "history: event 0 comes after event 3"),
        (lambda w: moved(w.rows["history"], 1, operation=1), "history: operation 1 has two ends"),
        (lambda w: w.rows["history"].insert(1, w.rows["history"][0]), "history: operation 0 has 2 beginnings"),
        (lambda w: moved(w.rows["history"], 1, target="Other/x/y"), "history: operation 0 has two targets"),
        (lambda w: moved(w.rows["history"], 1, at_ms=1), "history: operation 0 ended before it began"),
        (lambda w: again(w.rows["invocations"]), "invocations: invocation inv_0000 is there 2 times"),
        (lambda w: again(w.rows["journal"]), "journal: inv_0000: entry 0 where entry 1 belongs"),
        (lambda w: w.rows["journal"].pop(1), "where entry 0 belongs"),
        (lambda w: (w.settle(), again(w.rows["state"])), f"state: state Ticket/{EVENT}:A1/ticket is there 2 times"),
        (lambda w: again(w.rows["gateway"]), "gateway: row 1 comes after row"),
        (lambda w: w.rows["gateway"].pop(0), "belongs to attempt 1, which never arrived"),
        (lambda w: moved(w.rows["gateway"], 1, path="/v1/x"), "gateway: row 2 (answer) is of another call"),
        (lambda w: moved(w.rows["gateway"], 1, key="k"), "gateway: row 2 (answer) is of another call"),
        (lambda w: moved(w.rows["gateway"], 1, rule_id="r"), "gateway: row 2 (answer) is of another call"),
        (lambda w: moved(w.rows["gateway"], first(w, "gateway", kind="arrival"), attempt=9), "arrived as attempt 9"),
        (
            lambda w: moved(w.rows["gateway"], first(w, "gateway", kind="effect"), kind="answer"),
            "gateway: attempt 3 ended 2 times",
        ),
        (lambda w: w.steps.clear(), "faults: step crash was never decided"),
        (lambda w: w.meta.update(load_ended_at_ms=1), "record.json: its times are in no order"),
    ],
)
def test_damage_to_rows_is_unknown(damage: Callable[[World], object], said: str, tmp_path: Path) -> None:
    world = good()
    damage(world)
    outcome, messages = told(world.write(tmp_path / "r"))
    assert outcome is Outcome.UNKNOWN
    assert any(said in message for message in messages), messages


def counted(world: World, *numbers: int) -> None:
    arrivals = [n for n, row in enumerate(world.rows["gateway"]) if row.kind == "arrival" and row.case == "o1"]
    for at, number in zip(arrivals, numbers, strict=False):
        moved(world.rows["gateway"], at, number=number)


def test_attempts_that_are_not_counted_one_by_one_are_unknown(tmp_path: Path) -> None:
    right, wrong = good(), good()
    counted(right, 1, 2)
    counted(wrong, 1, 3)
    assert told(right.write(tmp_path / "right"))[0] is Outcome.VALID
    outcome, messages = told(wrong.write(tmp_path / "wrong"))
    assert outcome is Outcome.UNKNOWN
    assert "attempt 3 of its key comes after attempt 1" in messages[0]


def changed(folder: Path, name: str, change: Callable[[dict[str, Any]], object]) -> Record:
    good().write(folder)
    document = json.loads((folder / name).read_text("utf-8"))
    change(document)
    (folder / name).write_text(json.dumps(document), "utf-8")
    return Record.open(folder)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("plan.json", lambda d: d.update(name="other"), "plan.json: its name and record.json's differ"),
        ("plan.json", lambda d: d.update(seed=2), "plan.json: its seed and record.json's differ"),
        ("plan.json", lambda d: d.update(expect={"min_ok": 9}), "plan.json: its expectations and record.json's differ"),
        ("plan.json", lambda d: d.update(expect={"checks": []}), "plan.json: its expectations and record"),
        ("plan.json", lambda d: d["stack"]["settings"].update(hold_ms=1), "plan.json: its settings and record.json's"),
        ("plan.json", lambda d: d.update(steps=[]), "plan.json: its steps and record.json's differ"),
        ("decisions.json", lambda d: d.update(scope="q-1"), "plan.json: its decided scope and record.json's differ"),
        (
            "decisions.json",
            lambda d: d["load"]["operations"].pop(0),
            "operation 0 (Checkout/o1/run) was sent",
        ),
        (
            "decisions.json",
            lambda d: d["load"]["operations"].append(d["load"]["operations"][0] | {"number": 7}),
            "decisions.json: operation 7 was decided and never sent",
        ),
        (
            "decisions.json",
            lambda d: d["load"]["operations"][0].update(key="o9"),
            "decisions.json: operation 0 was decided as Checkout/o9/run, and sent as Checkout/o1/run",
        ),
        (
            "decisions.json",
            lambda d: d["load"]["operations"][0].update(input={}),
            "decisions.json: operation 0 (Checkout/o1/run) was sent with another input than was decided",
        ),
        ("record.json", lambda d: d["views"].clear(), f"final reads: SeatMap/{EVENT}/get was not read"),
    ],
)
def test_documents_that_differ_are_unknown(
    name: str, change: Callable[[dict[str, Any]], object], said: str, tmp_path: Path
) -> None:
    outcome, messages = told(changed(tmp_path / "r", name, change))
    assert outcome is Outcome.UNKNOWN
    assert any(said in message for message in messages), messages


def test_a_run_that_was_cut_short_need_not_have_sent_everything(tmp_path: Path) -> None:
    world = good()
    world.meta["deadline_passed"] = True
    world.load["operations"] = [
        *world.documents(world.write(tmp_path / "1").meta)["decisions.json"]["load"]["operations"]
    ]
    world.load["operations"].append({"number": 9, "service": "A", "key": "b", "handler": "c", "input": None})
    assert told(world.write(tmp_path / "2"))[0] is Outcome.VALID
