"""throughput: bookings per second of a stack with 64 clients, the gateway answering at once, and where the time goes.

One stack, through its links, with full recording. CPU time is read from the process table when the load begins and when
it ends. `CPU per booking` is that of a group of processes by the bookings made. `busy` is the share of one core that
each process of a group used meanwhile: 1 is the most that a Python process can use, and a fake far below it does not
hold the others up. What other programs used stands beside it, since it is missing from ours.
"""

from __future__ import annotations

from collections import defaultdict

from benchmarks import load
from benchmarks.cpu import OTHERS, Usage, usage
from benchmarks.report import Figure, at_most, figure
from benchmarks.stacks import Bench, bookings
from chaos.stack import Stack

RUNS, QUICK_RUNS = 3, 1
SECONDS, QUICK_SECONDS = 8, 3  # of each load
CLIENTS = 64
FAKE_AT_MOST = {"gateway": at_most(0.5), "mailer": at_most(0.5)}


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """Bookings per second, then CPU milliseconds a booking and busy share of a core, by group of processes."""
    rates: list[float] = []
    cpu_ms: dict[str, list[float]] = defaultdict(list)
    busy: dict[str, list[float]] = defaultdict(list)
    async with bench.stack(links=True) as stack:
        speed = await load.straight(stack, bookings(CLIENTS, CLIENTS))  # opens connections and files
        orders = load.orders_for(QUICK_SECONDS if quick else SECONDS, speed, CLIENTS)
        for _ in range(QUICK_RUNS if quick else RUNS):
            rate, before, after = await _measured(bench, stack, orders)
            rates.append(rate)
            for group, cpu_s in after.since(before).items():
                cpu_ms[group].append(cpu_s * 1000 / orders)
            for group, share in after.busy_since(before).items():
                busy[group].append(share)
    del cpu_ms[OTHERS]  # what they did was not for our bookings
    return [
        figure("throughput", f"{CLIENTS} clients", "bookings/s", rates),
        *(figure("throughput", f"CPU per booking: {group}", "ms", values) for group, values in cpu_ms.items()),
        *(
            figure("throughput", f"busy: {group}", "cores", values, FAKE_AT_MOST.get(group))
            for group, values in busy.items()
        ),
    ]


async def _measured(bench: Bench, stack: Stack, orders: int) -> tuple[float, Usage, Usage]:
    """One load: its bookings per second, and the usage when it began and when it had ended."""
    seen: list[Usage] = []
    look = load.Phases(at_load=lambda: seen.append(usage(stack)), at_heal=lambda: seen.append(usage(stack)))
    rate, _ = await load.recorded(bench, stack, bookings(orders, CLIENTS), look)
    return rate, seen[0], seen[1]
