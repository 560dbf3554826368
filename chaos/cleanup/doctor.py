"""Checks the machine: which tools are there, what earlier runs left behind, and how to remove it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from chaos.backends.clock import faketime
from chaos.cleanup.leftovers import clear_engine, left_by_dead_runs
from chaos.cleanup.reaper import end_processes
from chaos.machine.toolchain import ToolchainSettings, inspect_tools

ROOMY_BYTES = 2 * 1024**3


class Line(NamedTuple):
    """One thing that was checked: fine, or a problem to act on."""

    ok: bool
    text: str


async def examine() -> list[Line]:
    """Tools, disk, and leftovers of runs that are no longer alive."""
    lines = []
    for report in await inspect_tools(ToolchainSettings()):
        if report.problem:
            lines.append(Line(False, f"{report.tool}: {report.problem}"))
        else:
            where = (
                f"{report.found.path} ({report.found.source})"
                if report.found
                else "will be installed when first needed"
            )
            lines.append(Line(True, f"{report.tool}: {where}"))
        lines += [Line(True, f"{report.tool}: {notice}") for notice in report.notices]
    lines.append(Line(True, f"libfaketime: {faketime() or 'not installed, so clock_skew is skipped'}"))
    free = shutil.disk_usage(tempfile.gettempdir()).free
    lines.append(Line(free > ROOMY_BYTES, f"free space in {tempfile.gettempdir()}: {free // 1024**2} MB"))
    left = left_by_dead_runs()
    lines.append(Line(not left, f"left behind by dead runs: {left}"))
    if left:
        lines.append(Line(False, "run `chaos clean` to remove it"))
    return lines


def sweep() -> tuple[list[int], list[Path]]:
    """Ends the processes and removes the folders of runs that are no longer alive; runs under way are left alone."""
    left = left_by_dead_runs()
    ended = [pid for run_id in set(left.processes.values()) for pid in end_processes(run_id)]
    for run_id in set(left.in_engine.values()):
        clear_engine(run_id)
    for folder in left.folders:
        shutil.rmtree(folder, ignore_errors=True)
    return ended, [folder for folder in left.folders if not folder.exists()]
