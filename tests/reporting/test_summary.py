"""What a summary holds of a record, that it is bounded, and how runs add up."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from chaos.evidence.record import Record
from chaos.reporting import NotRun, RunSummary, merge, run_summary, summarize, summary_schema
from chaos.reporting.summary import schema_text
from chaos.verdict import Outcome
from tests.reporting.fake_runs import START_MS, FakeFault, Simulation, judged, sellout, summed_up, whole_run

KILL = FakeFault("die", "kill", "endpoint-0", 260, 900)
SCHEMA = Path(__file__).parents[2] / "docs" / "summary.schema.json"


def test_orders_charges_and_operations_are_counted(tmp_path: Path) -> None:
    summary = summed_up(Simulation("some", orders=50, seats=40, declined=3), tmp_path)
    assert summary.cases is not None
    assert summary.cases.total == 50
    assert summary.cases.done == 37
    assert summary.cases.refused == {"seat_sold": 10}
    assert summary.cases.failed == {"declined": 3}
    assert summary.cases.unknown == {}
    assert summary.figure is not None
    assert (summary.figure.short, summary.figure.note) == (
        "37 in 40",
        "in 40 attempts · 0 orders tried again · 0 refunds · 3 bars",
    )
    assert summary.operations is not None
    assert (summary.operations.ok, summary.operations.fail, summary.operations.info) == (37, 13, 0)
    assert summary.operations.by_code == {"seat_sold": 10, "declined": 3}


def test_a_lost_answer_that_was_settled_later_is_counted_as_such(tmp_path: Path) -> None:
    summary = summed_up(Simulation("lost", orders=60, seats=60, faults=[KILL]), tmp_path)
    assert summary.operations is not None
    assert summary.operations.resolved > 0
    assert summary.operations.info == 0
    assert summary.timeline is not None
    assert sum(summary.timeline.info) == summary.operations.resolved, "the timeline shows what clients saw then"


def test_a_fault_carries_its_times_and_what_was_seen_of_it(tmp_path: Path) -> None:
    (fault,) = summed_up(Simulation("kill", faults=[KILL]), tmp_path).faults
    assert (fault.step, fault.fault, fault.target) == ("die", "kill", "endpoint-0")
    assert (fault.injected_at_ms, fault.healed_at_ms) == (START_MS + 260, START_MS + 900)
    assert fault.recovery_ms == 832
    assert fault.shows_effect
    assert [(seen.before, seen.during) for seen in fault.observations] == [("4711@812734 running", "gone")]


def test_a_fault_that_nothing_shows_says_so(tmp_path: Path) -> None:
    unseen = FakeFault("hang", "hang", "gateway", 100, 700, seen=False)
    summary = summed_up(Simulation("hang", faults=[unseen]), tmp_path)
    assert not summary.faults[0].shows_effect
    assert summary.verdict is Outcome.UNKNOWN


def test_findings_carry_the_rows_they_point_at(tmp_path: Path) -> None:
    summary = summed_up(Simulation("twice", charged_twice=1, faults=[KILL]), tmp_path)
    (finding,) = summary.findings
    assert finding.checker == "exactly_once_charge"
    assert finding.text.startswith(f"order {finding.case}: captured 2 times")
    assert [line.text.split(" ")[0] for line in finding.evidence if line.source == "gateway"] == ["CAPTURE", "CAPTURE"]
    assert [line.place for line in finding.evidence if line.source == "restate"] == ["Checkout.run #4"]


def test_orders_in_findings_have_their_story_first_and_their_row_in_the_table(tmp_path: Path) -> None:
    big = Simulation("big", orders=300, seats=300, faults=[KILL])
    record = big.write(tmp_path / "big")
    late = big.order_ids[-1]
    verdict = judged(big)
    reconciled = verdict.checks[0]
    blamed = reconciled.model_copy(
        update={"findings": ({"outcome": "INVALID", "message": "lost", "case": late},), "outcome": "INVALID"}
    )
    verdict = type(verdict).model_validate_json(
        verdict.model_copy(update={"checks": (blamed,)}).model_dump_json(warnings=False)
    )
    summary = summarize(record, verdict)
    assert (summary.stories[0].case, summary.stories[0].chosen) == (late, "finding")
    rows = summary.checks[0].details["orders"]
    assert isinstance(rows, list)
    assert isinstance(rows[0], dict)
    assert rows[0]["order_id"] == late
    assert (len(rows), summary.checks[0].rows["orders"]) == (50, 300)


def test_a_big_run_stays_small(tmp_path: Path) -> None:
    summary = summed_up(sellout(), tmp_path)
    assert summary.timeline is not None
    assert len(summary.timeline.ok) <= 91
    assert len(summary.timeline.operations) <= 1_200
    assert len(summary.stories) <= 20
    assert {story.chosen for story in summary.stories} >= {"charged again", "plain"}
    assert len(summary.model_dump_json()) < 200_000


def test_of_too_many_operations_the_slowest_are_kept(tmp_path: Path) -> None:
    simulation = Simulation("many", orders=3_000, seats=10, clients=64, faults=[KILL])
    summary = summed_up(simulation, tmp_path)
    timeline = summary.timeline
    assert timeline is not None
    assert timeline.every == 3
    assert sum(timeline.ok) + sum(timeline.fail) + sum(timeline.info) == 3_000
    record = Record.open(tmp_path / "records" / "many")
    slowest = max((operation.ended_at_ms or 0) - operation.invoked_at_ms for operation in record.operations)
    assert max(latency for _, latency, _ in timeline.operations) == slowest


@pytest.mark.parametrize(("missing", "field"), [("history", "operations"), ("gateway", "figure")])
def test_what_is_missing_is_null_and_not_zero(tmp_path: Path, missing: str, field: str) -> None:
    simulation = Simulation("thin")
    folder = simulation.write(tmp_path / "thin").folder
    (folder / f"{missing}.jsonl").unlink()
    summary = summarize(Record.open(folder), judged(simulation))
    missed = getattr(summary, field)
    assert missed is None or missed.short is None
    assert summary.sources[missing].state == "missing"


def test_never_converged_has_no_recovery_time(tmp_path: Path) -> None:
    summary = summed_up(Simulation("stuck", converges=False), tmp_path)
    assert summary.recovery_ms is None
    assert summary.deadline_passed
    assert summary.pending


def test_the_record_is_named_relative_to_the_report(tmp_path: Path) -> None:
    assert summed_up(Simulation("here"), tmp_path).record == "records/here"
    elsewhere = Simulation("there")
    record = elsewhere.write(tmp_path / "far" / "there")
    assert summarize(record, judged(elsewhere), reports=tmp_path / "reports").record == "there"


@pytest.mark.parametrize(
    ("verdicts", "errored", "overall", "exit_code"),
    [
        (["VALID", "VALID"], 0, "VALID", 0),
        (["VALID", "UNKNOWN"], 0, "UNKNOWN", 3),
        (["UNKNOWN", "INVALID"], 0, "INVALID", 1),
        (["VALID"], 1, "UNKNOWN", 3),
        (["INVALID"], 1, "INVALID", 1),
        ([], 0, "UNKNOWN", 3),
    ],
)
def test_the_worst_verdict_counts(
    tmp_path: Path, verdicts: list[str], errored: int, overall: str, exit_code: int
) -> None:
    scenario = summed_up(Simulation("one"), tmp_path)
    scenarios = [scenario.model_copy(update={"verdict": Outcome(verdict)}) for verdict in verdicts]
    skipped = NotRun(name="s", nodeid="s", state="skipped", reason="needs docker")
    broken = NotRun(name="e", nodeid="e", state="errored", reason="did not start")
    run = whole_run(scenarios, not_run=[skipped, *[broken] * errored])
    assert (run.verdict, run.exit_code) == (overall, exit_code)


def test_workers_merge_into_one_run(tmp_path: Path) -> None:
    first, second = (summed_up(Simulation(name), tmp_path) for name in ("b", "a"))
    bad = second.model_copy(update={"verdict": Outcome.INVALID})
    workers = [
        run_summary([scenario], versions={"tool": "1"}, started_at_ms=at, ended_at_ms=at + 5, replay="pytest -m chaos")
        for scenario, at in ((first, 10), (bad, 3))
    ]
    merged = merge(workers)
    assert [scenario.name for scenario in merged.scenarios] == ["a", "b"]
    assert (merged.started_at_ms, merged.ended_at_ms) == (3, 15)
    assert (merged.verdict, merged.exit_code) == (Outcome.INVALID, 1)
    assert merge(reversed(workers)) == merged
    with pytest.raises(ValueError, match="no summary"):
        merge([])


def test_the_published_schema_is_current_and_holds(tmp_path: Path) -> None:
    assert SCHEMA.read_text("utf-8") == schema_text(), "write chaos.reporting.summary.schema_text() there again"
    run = whole_run([summed_up(Simulation("one", faults=[KILL]), tmp_path)])
    document = json.loads(run.model_dump_json())
    jsonschema.validate(document, summary_schema())
    assert RunSummary.model_validate_json(run.model_dump_json()) == run
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "verdict": "FINE"}, summary_schema())
