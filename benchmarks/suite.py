"""suite: `make chaos` on a machine that has the tools, as a whole and by scenario.

The whole is the process from start to exit, the reports included. A scenario's time is from its start to its verdict;
a scenario that is not VALID makes the benchmark fail, since its time means nothing.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Figure, at_most, figure
from benchmarks.stacks import Bench
from chaos.errors import ChaosError
from chaos.reporting import RunSummary
from chaos.verdict import Outcome

ROOT = Path(__file__).parents[1]
TAIL_LINES = 20


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:  # noqa: ARG001 - it starts stacks of its own
    """Seconds of one run. Raises ChaosError when a scenario is not VALID. Left out when quick."""
    if quick:
        return []
    with TemporaryDirectory() as folder:
        began = time.monotonic()
        run = await run_suite(Path(folder))
        whole_s = time.monotonic() - began
    scenarios = [
        figure("suite", each.name, "s", [(each.ended_at_ms - each.started_at_ms) / 1000]) for each in run.scenarios
    ]
    return [figure("suite", "make chaos", "s", [whole_s], at_most(150)), *scenarios]


async def run_suite(reports: Path) -> RunSummary:
    """One `make chaos`. Raises ChaosError when a scenario is not VALID."""
    process = await asyncio.create_subprocess_exec(
        "make",
        "chaos",
        f"ARGS=--chaos-report={reports}",
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed = (await process.communicate())[0].decode(errors="replace")
    summary = reports / "latest" / "summary.json"
    if not await asyncio.to_thread(summary.is_file):
        raise ChaosError("make chaos wrote no summary:\n" + "\n".join(printed.splitlines()[-TAIL_LINES:]))
    run = RunSummary.model_validate_json(await asyncio.to_thread(summary.read_text, "utf-8"))
    if run.verdict is not Outcome.VALID:
        bad = [f"{each.name} {each.verdict}" for each in run.scenarios if each.verdict is not Outcome.VALID]
        raise ChaosError(f"make chaos is {run.verdict}, its times mean nothing: {', '.join(bad)}")
    return run
