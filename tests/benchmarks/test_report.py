"""Figures and the report: intervals, targets met and missed, and what the table and the file say."""

from __future__ import annotations

import io

from rich.console import Console

from benchmarks.report import BenchReport, Figure, at_least, at_most, figure, table, this_machine


def report(*figures: Figure, **failures: str) -> BenchReport:
    machine = this_machine()
    return BenchReport(
        started_at_ms=1, took_s=2.5, quick=True, machine=machine, versions={}, figures=figures, failures=failures
    )


def test_a_figure_carries_its_interval_and_four_digits() -> None:
    made = figure("startup", "first", "s", [1.23456, 1.5, 1.1, 1.2, 1.3, 1.4])
    assert (made.value, made.low, made.high, made.n) == (1.267, 1.1, 1.5, 6)
    assert made.met is None


def test_one_measurement_has_no_interval() -> None:
    made = figure("suite", "whole", "s", [54.0])
    assert (made.value, made.low, made.high, made.confidence, made.n) == (54, None, None, None, 1)


def test_a_target_is_met_or_missed_by_the_median() -> None:
    assert figure("b", "n", "s", [1, 2, 9], at_most(2)).met is True
    assert figure("b", "n", "s", [1, 2, 9], at_most(1.9)).met is False
    assert figure("b", "n", "", [0.8, 0.85, 0.9], at_least(0.85)).met is True
    assert figure("b", "n", "", [0.8, 0.84, 0.9], at_least(0.85)).met is False


def test_one_missed_target_is_enough_to_fail() -> None:
    good, free, bad = (
        figure("b", "n", "s", [1], at_most(2)),
        figure("b", "n", "s", [1]),
        figure("b", "n", "s", [3], at_most(2)),
    )
    assert report(good, free).all_met
    assert not report(good, free, bad).all_met


def test_a_benchmark_that_could_not_be_done_fails_the_report() -> None:
    assert not report(figure("b", "n", "s", [1], at_most(2)), suite="is UNKNOWN").all_met


def test_the_report_is_read_back_as_it_was_written() -> None:
    written = report(figure("b", "n", "s", [1, 2, 3], at_most(2)))
    assert BenchReport.model_validate_json(written.model_dump_json()) == written


def test_the_table_names_figures_intervals_and_targets() -> None:
    console = Console(file=io.StringIO(), width=120)
    console.print(table([figure("b", "one", "s", [1, 2, 3], at_most(2)), figure("b", "two", "s", [5], at_least(6))]))
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    for text in ("one", "2 s", "1 – 3", "≤ 2 ✓", "two", "5 s", "≥ 6 ✕"):
        assert text in printed
