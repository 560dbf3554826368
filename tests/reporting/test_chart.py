"""The timeline's geometry: everything inside the picture, at its time, and legible at any length."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chaos.reporting.chart import LEFT, RIGHT, draw, span
from chaos.reporting.summary import ScenarioSummary
from tests.reporting.fake_runs import FakeFault, Simulation, sellout, summed_up


def test_a_big_run_fits_its_picture(tmp_path: Path) -> None:
    chart = draw(summed_up(sellout(), tmp_path))
    assert chart is not None
    assert len(chart.lanes) == 10
    boxes = [*chart.bars, *chart.shades, *(box for lane in chart.lanes for box in lane.windows)]
    for box in boxes:
        assert LEFT <= box.x <= box.x + box.width <= RIGHT + 2
        assert 0 <= box.y <= box.y + box.height <= chart.height
    for path in chart.dots.values():
        for x, y, length in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)", path):
            assert LEFT <= float(x) <= float(x) + float(length) <= RIGHT + 2
            assert chart.latency_top - 1 <= float(y) <= chart.latency_top + chart.latency_height + 1
    assert 2 <= len(chart.time_ticks) <= 11
    assert 2 <= len(chart.latency_ticks) <= 8


def test_every_operation_is_drawn_once(tmp_path: Path) -> None:
    summary = summed_up(Simulation("few", orders=33, seats=20), tmp_path)
    chart = draw(summary)
    assert chart is not None
    assert sum(path.count("M") for path in chart.dots.values()) == 33
    assert chart.dots["fail"].count("M") == 13


def with_fault(tmp_path: Path, **changes: object) -> ScenarioSummary:
    summary = summed_up(Simulation("one", faults=[FakeFault("die", "kill", "endpoint-0", 260, 900)]), tmp_path)
    return summary.model_copy(update={"faults": (summary.faults[0].model_copy(update=changes),)})


@pytest.mark.parametrize(
    ("changes", "note", "windows"),
    [
        ({}, "", ["seen", "recovering"]),
        ({"shows_effect": False}, "no effect seen", ["unseen", "recovering"]),
        ({"healed_at_ms": None, "ready_at_ms": None}, "never healed", ["seen"]),
        ({"injected_at_ms": None, "healed_at_ms": None, "ready_at_ms": None}, "never injected", []),
    ],
)
def test_a_fault_shows_how_far_it_came(
    tmp_path: Path, changes: dict[str, object], note: str, windows: list[str]
) -> None:
    chart = draw(with_fault(tmp_path, **changes))
    assert chart is not None
    (lane,) = chart.lanes
    assert lane.note == note
    assert [box.kind for box in lane.windows] == windows
    marked = {mark.kind for mark in lane.marks}
    assert ("injected" in marked) == (changes.get("injected_at_ms", 1) is not None)


def test_nothing_called_means_no_picture(tmp_path: Path) -> None:
    summary = summed_up(Simulation("none"), tmp_path).model_copy(update={"timeline": None})
    assert draw(summary) is None


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 ms"),
        (340, "340 ms"),
        (999.6, "1 s"),
        (2450, "2.45 s"),
        (59_999, "60 s"),
        (60_000, "1 min 0 s"),
        (185_000, "3 min 5 s"),
    ],
)
def test_durations_are_for_people(ms: float, text: str) -> None:
    assert span(ms) == text
