"""Reporters: one format a file, each drawn from the summary. A report file is whole or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from chaos.reporting import html, junit
from chaos.reporting.summarize import summarize
from chaos.reporting.summary import NotRun, RunSummary, ScenarioSummary, merge, run_summary, summary_schema

__all__ = [
    "NotRun",
    "RunSummary",
    "ScenarioSummary",
    "merge",
    "run_summary",
    "summarize",
    "summary_schema",
    "write_reports",
]


def write_reports(folder: Path, run: RunSummary) -> Path:
    """Writes summary.json, junit.xml and index.html into `folder` and returns the path of the last.

    Every report is made before the first is written, and each replaces its predecessor in one step.
    """
    reports = {
        "summary.json": run.model_dump_json(indent=1).encode(),
        "junit.xml": junit.render(run),
        "index.html": html.render(run).encode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in reports.items():
        _replace(folder / name, content)
    return folder / "index.html"


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
