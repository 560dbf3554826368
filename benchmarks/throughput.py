"""throughput: bookings per second of a stack with 64 clients, the gateway answering at once, and where the time goes.

One stack, through its links, with full recording. CPU time is read from the process table when the load begins and when
it ends. `CPU per booking` is that of a group of processes by the bookings made. `busy` is the share of one core that
each process of a group used meanwhile: 1 is the most that a Python process can use, and a fake far below it does not
hold the others up. What other programs used stands beside it, since it is missing from ours.
"""

from __future__ import annotations

from benchmarks import load
from benchmarks.cpu import OTHERS
from benchmarks.report import Figure, at_most, figure
from benchmarks.stacks import Bench, bookings

RUNS, QUICK_RUNS = 3, 1
SECONDS, QUICK_SECONDS = 6, 3  # of each load
CLIENTS = 64
FAKE_AT_MOST = {"gateway": at_most(0.5), "mailer": at_most(0.5)}


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """Bookings per second, then CPU milliseconds a booking and busy share of a core, by group of processes."""
    async with bench.stack(links=True) as stack:
        first = await load.straight(stack, bookings(CLIENTS, CLIENTS))  # opens connections and files
        orders = load.orders_for(QUICK_SECONDS if quick else SECONDS, first.per_second, CLIENTS)
        plan = bookings(orders, CLIENTS)
        loads = [await load.recorded(bench, stack, plan) for _ in range(QUICK_RUNS if quick else RUNS)]
    groups = list(first.cpu_s)
    cpu_ms = {group: [each.cpu_s[group] * 1000 / orders for each in loads] for group in groups if group != OTHERS}
    busy = {group: [each.busy[group] for each in loads] for group in groups}
    return [
        figure("throughput", f"{CLIENTS} clients", "bookings/s", [each.per_second for each in loads]),
        *(figure("throughput", f"CPU per booking: {group}", "ms", values) for group, values in cpu_ms.items()),
        *(
            figure("throughput", f"busy: {group}", "cores", values, FAKE_AT_MOST.get(group))
            for group, values in busy.items()
        ),
    ]
