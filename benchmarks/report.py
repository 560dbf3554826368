"""Figures: what each benchmark returns, the table that is printed, and reports/bench.json."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from typing import Literal

import psutil
from rich.table import Table
from rich.text import Text

from benchmarks.statistics import estimate
from chaos.model import Frozen

MARKS = {True: ("✓", "green"), False: ("✕", "bold red"), None: ("", "")}


class Target(Frozen):
    """The bound that a figure must keep."""

    relation: Literal["at_least", "at_most"]
    bound: float

    def met_by(self, value: float) -> bool:
        return value >= self.bound if self.relation == "at_least" else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.relation == 'at_least' else '≤'} {self.bound:g}"


class Figure(Frozen):
    """One number: the median of `n` measurements, with the interval that holds the true one by `confidence`."""

    benchmark: str
    name: str
    unit: str
    value: float
    low: float | None = None  # null: measured once
    high: float | None = None
    confidence: float | None = None
    n: int = 1
    target: Target | None = None
    met: bool | None = None  # whether the value keeps the target; null without one


class Machine(Frozen):
    """What the figures were measured on; no names, no paths."""

    system: str
    architecture: str
    cores: int
    memory_gb: float
    python: str
    load_before: float  # runnable processes, mean of the minute before: others make figures worse


class BenchReport(Frozen):
    """reports/bench.json."""

    version: Literal[1] = 1
    started_at_ms: int
    took_s: float
    quick: bool
    machine: Machine
    versions: dict[str, str]
    figures: tuple[Figure, ...]
    failures: dict[str, str]  # by benchmark: why it has no figures
    skipped: dict[str, str] = {}  # by benchmark: what this machine lacks for it

    @property
    def all_met(self) -> bool:
        """Whether every target was kept, and every benchmark could be done."""
        return not self.failures and all(figure.met is not False for figure in self.figures)


def figure(benchmark: str, name: str, unit: str, values: Sequence[float], target: Target | None = None) -> Figure:
    """The figure that some measurements make; a single one has no interval."""
    found = estimate(values)
    interval = (
        {"low": _short(found.low), "high": _short(found.high), "confidence": round(found.confidence, 3)}
        if found.n > 1
        else {}
    )
    met = target.met_by(found.median) if target else None
    return Figure(
        benchmark=benchmark,
        name=name,
        unit=unit,
        value=_short(found.median),
        n=found.n,
        target=target,
        met=met,
        **interval,
    )


def at_least(bound: float) -> Target:
    return Target(relation="at_least", bound=bound)


def at_most(bound: float) -> Target:
    return Target(relation="at_most", bound=bound)


def this_machine() -> Machine:
    """The machine this runs on, as it is now."""
    return Machine(
        system=f"{platform.system()} {platform.release()}",
        architecture=platform.machine(),
        cores=os.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        python=platform.python_version(),
        load_before=round(os.getloadavg()[0], 2),
    )


def table(figures: Sequence[Figure]) -> Table:
    """The figures as people read them."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Benchmark", "Figure"):
        made.add_column(title)
    for title in ("Median", "Interval", "n", "Target"):
        made.add_column(title, justify="right", no_wrap=True)
    last = ""
    for each in figures:
        mark, style = MARKS[each.met]
        interval = f"{each.low:g} – {each.high:g}" if each.low is not None and each.high is not None else ""
        target = Text(f"{each.target or ''} {mark}".strip(), style=style)
        name = each.benchmark if each.benchmark != last else ""
        made.add_row(name, each.name, f"{each.value:g} {each.unit}".strip(), interval, str(each.n), target)
        last = each.benchmark
    return made


def _short(value: float) -> float:
    """Four significant digits: more would pretend."""
    return float(f"{value:.4g}")
