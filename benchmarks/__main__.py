"""python -m benchmarks [--only NAME] [--quick]: measures, prints a table, writes reports/bench.json."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from benchmarks import (
    backends,
    cluster,
    cpu,
    fakes,
    fault_timings,
    linearizability,
    overhead,
    plans_per_minute,
    startup,
    suite,
    throughput,
)
from benchmarks.report import BenchReport, Figure, table, this_machine
from benchmarks.stacks import Bench
from chaos.errors import BadInput, CannotDo, ChaosError

BENCHMARKS: dict[str, ModuleType] = {
    each.__name__.rpartition(".")[2]: each
    for each in (
        startup,
        overhead,
        throughput,
        cluster,
        fakes,
        fault_timings,
        backends,
        plans_per_minute,
        linearizability,
        suite,
        cpu,
    )
}
REPORT = Path("reports/bench.json")

console = Console()
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    only: Annotated[list[str] | None, typer.Option(help="This benchmark alone; may be given more than once.")] = None,
    quick: Annotated[bool, typer.Option(help="Fewer measurements: within a minute, with wider intervals.")] = False,
    output: Annotated[Path, typer.Option(help="Where the figures go.")] = REPORT,
) -> None:
    """Measure what the harness costs and what the stack can do. Exit code 1 when a target is missed or one fails."""
    chosen = _chosen(only or list(BENCHMARKS))
    report = asyncio.run(_measure(chosen, quick=quick))
    console.print(table(report.figures))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(report.model_dump_json(indent=1) + "\n", "utf-8")
    console.print(f"bench report: {output}")
    raise typer.Exit(0 if report.all_met else 1)


def _chosen(names: Sequence[str]) -> list[ModuleType]:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        raise BadInput(f"no benchmark {unknown[0]!r}", where="--only", allowed=", ".join(BENCHMARKS))
    return [BENCHMARKS[name] for name in names]


async def _measure(chosen: Sequence[ModuleType], *, quick: bool) -> BenchReport:
    started_at_ms, machine = time.time_ns() // 1_000_000, this_machine()
    began = time.monotonic()
    figures: list[Figure] = []
    failures: dict[str, str] = {}
    skipped: dict[str, str] = {}
    async with Bench.open() as bench:
        for benchmark in chosen:
            name = benchmark.__name__.rpartition(".")[2]
            with console.status(f"{name} …"):
                start = time.monotonic()
                try:
                    figures += await benchmark.measure(bench, quick=quick)
                except CannotDo as error:
                    console.print(Text(f"{name} is skipped: {error}"))
                    skipped[name] = error.what
                except ChaosError as error:
                    console.print(Text(f"{name}: {error}", style="bold red"))
                    failures[name] = str(error).splitlines()[0]
            console.print(f"{name}: {time.monotonic() - start:.0f} s")
    return BenchReport(
        started_at_ms=started_at_ms,
        took_s=round(time.monotonic() - began, 1),
        quick=quick,
        machine=machine,
        versions=dict(bench.versions),
        figures=tuple(figures),
        failures=failures,
        skipped=skipped,
    )


if __name__ == "__main__":
    try:
        app()
    except ChaosError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
