"""cpu: where the processor time of `make chaos` goes, by program; and that of one stack, for other benchmarks.

Read from the process table. Of what ends between two looks the time since the last is missing: that is the figure "not
seen", the difference to what the kernel has counted for all of them together.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.report import Figure, figure
from benchmarks.stacks import Bench
from benchmarks.suite import run_suite
from chaos.backends.managed import ManagedProcess
from chaos.stack.stack import Stack

OTHERS = "other programs"
LOOK_EVERY_S = 0.2
PROGRAMS = {  # by a word of the command line: the first that is in it
    "restate-server": "restate",
    "toxiproxy-server": "toxiproxy",
    "chaos.fakes": "fakes",
    "chaos.backends.endpoint": "endpoints",
    "chaos.backends.balancer": "balancer",
    "chaos.cleanup.reaper": "reaper",
    "pip": "pip",
    "pytest": "pytest",
    "sys.stdin.readline": "pytest's workers",  # the harness, and the checkers
}


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:  # noqa: ARG001 - it starts stacks of its own
    """Seconds of processor time in one run, by program. Raises ChaosError when a scenario is not VALID."""
    if quick:
        return []
    before_s = _children_s()
    seen = _Seen()
    looking = asyncio.create_task(seen.look_on())
    try:
        with TemporaryDirectory() as folder:
            await run_suite(Path(folder))
    finally:
        looking.cancel()
    by_program = seen.by_program()
    total_s = _children_s() - before_s
    rest_s = max(0.0, total_s - sum(by_program.values()))
    rows = [("all", total_s), *sorted(by_program.items(), key=lambda row: -row[1]), ("not seen", rest_s)]
    return [figure("cpu", program, "s", [cpu_s]) for program, cpu_s in rows]


class _Seen:
    """All descendants of this process that were seen, with what each had used when it was seen last."""

    def __init__(self) -> None:
        self._used: dict[tuple[int, float], tuple[str, float]] = {}

    async def look_on(self) -> None:
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error), process.oneshot():
                times, command = process.cpu_times(), process.cmdline()
                key = (process.pid, process.create_time())
                known = self._used.get(key, (OTHERS, 0.0))[0]
                self._used[key] = (
                    program(command) if command else known,
                    times.user + times.system,
                )  # a zombie's is gone

    def by_program(self) -> dict[str, float]:
        used: dict[str, float] = {}
        for name, cpu_s in self._used.values():
            used[name] = used.get(name, 0.0) + cpu_s
        return used


def program(command: Sequence[str]) -> str:
    """What a command line runs."""
    words = " ".join(command)
    return next((name for word, name in PROGRAMS.items() if word in words), OTHERS)


def _children_s() -> float:
    """What all processes that have ended below this one have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Usage:
    """CPU seconds used until `at_s`: by each group of the stack, and by all other programs of the machine."""

    at_s: float
    cpu_s: dict[str, float]
    processes: dict[str, int]

    def since(self, before: Usage) -> dict[str, float]:
        """CPU seconds by group between two moments."""
        return {group: self.cpu_s[group] - before.cpu_s[group] for group in self.cpu_s}

    def busy_since(self, before: Usage) -> dict[str, float]:
        """The share of one core that each process of a group used between two moments, on average."""
        elapsed_s = self.at_s - before.at_s
        return {group: cpu_s / elapsed_s / self.processes[group] for group, cpu_s in self.since(before).items()}


def usage(stack: Stack) -> Usage:
    """Groups are restate, endpoints, gateway, mailer, toxiproxy, harness (this process) and other programs."""
    pids = {"harness": [os.getpid()]}
    for name, target in stack.targets.items():
        if isinstance(target, ManagedProcess):
            pids.setdefault("endpoints" if name.startswith("endpoint-") else name, []).append(target.pid)
    cpu_s = {group: sum(_cpu_s(pid) for pid in members) for group, members in pids.items()}
    cpu_s[OTHERS] = _machine_s() - sum(cpu_s.values())
    return Usage(time.monotonic(), cpu_s, {group: len(members) for group, members in pids.items()} | {OTHERS: 1})


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def _machine_s() -> float:
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0)
