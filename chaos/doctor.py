"""Looks after the machine: what is there to run with, what earlier runs have left, and how to clear it away."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from chaos.reaper import abandoned, end_processes, stray_processes
from chaos.toolchain import ToolchainSettings, inspect_tools

ROOMY_BYTES = 2 * 1024**3


class Line(NamedTuple):
    """One thing that was looked at: fine, or with a problem to act on."""

    ok: bool
    text: str


async def examine() -> list[Line]:
    """Tools, disk, and leftovers of runs that are no longer alive."""
    lines = []
    for report in await inspect_tools(ToolchainSettings()):
        if report.problem:
            lines.append(Line(False, f"{report.tool}: {report.problem}"))
        else:
            where = f"{report.found.path} ({report.found.source})" if report.found else "is installed when first needed"
            lines.append(Line(True, f"{report.tool}: {where}"))
        lines += [Line(True, f"{report.tool}: {notice}") for notice in report.notices]
    free = shutil.disk_usage(tempfile.gettempdir()).free
    lines.append(Line(free > ROOMY_BYTES, f"free space in {tempfile.gettempdir()}: {free // 1024**2} MB"))
    folders, processes = abandoned(), stray_processes()
    lines.append(Line(not folders, f"folders of dead runs: {', '.join(map(str, folders.values())) or 'none'}"))
    lines.append(Line(not processes, f"processes of dead runs: {', '.join(map(str, sorted(processes))) or 'none'}"))
    if folders or processes:
        lines.append(Line(False, "run `chaos clean` to remove them"))
    return lines


def sweep() -> tuple[list[int], list[Path]]:
    """Ends the processes and removes the folders of runs that are no longer alive; runs under way are let be."""
    ended = [pid for run_id in set(stray_processes().values()) for pid in end_processes(run_id)]
    removed = []
    for folder in abandoned().values():
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            removed.append(folder)
    return ended, removed
