"""CPU time by group of processes, read from the process table."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import psutil

from chaos.backends.managed import ManagedProcess
from chaos.stack.stack import Stack

OTHERS = "other programs"


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
