"""Writing the reports: all of them, whole, or none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chaos.reporting import RunSummary, html, write_reports
from tests.reporting.fake_runs import Simulation, summed_up, whole_run


@pytest.fixture
def run(tmp_path: Path) -> RunSummary:
    return whole_run([summed_up(Simulation("one"), tmp_path)])


def test_three_files_and_nothing_else(run: RunSummary, tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "latest"
    assert write_reports(folder, run) == folder / "index.html"
    assert sorted(path.name for path in folder.iterdir()) == ["index.html", "junit.xml", "summary.json"]
    assert RunSummary.model_validate_json((folder / "summary.json").read_bytes()) == run
    assert (folder / "index.html").read_text("utf-8").startswith("<!doctype html>")


def test_a_second_run_replaces_the_first(run: RunSummary, tmp_path: Path) -> None:
    write_reports(tmp_path, run)
    write_reports(tmp_path, run.model_copy(update={"replay": "again"}))
    assert json.loads((tmp_path / "summary.json").read_text("utf-8"))["replay"] == "again"


def test_a_report_that_cannot_be_made_leaves_the_last_one_alone(
    run: RunSummary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_reports(tmp_path, run)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}

    def broken(_: RunSummary) -> str:
        raise RuntimeError("no")

    monkeypatch.setattr(html, "render", broken)
    with pytest.raises(RuntimeError):
        write_reports(tmp_path, run.model_copy(update={"replay": "again"}))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_a_write_that_fails_leaves_no_temporary_file(
    run: RunSummary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "latest"

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        write_reports(folder, run)
    assert list(folder.iterdir()) == []
