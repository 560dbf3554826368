"""overhead: what links and recording take away from bookings per second.

Two stacks run side by side and one is loaded at a time. Each round measures three ways, in each of their six orders in
turn, so that none always follows the same other:

- recorded: a run of the runner through the four links, with history, fault log, sampler and progress;
- straight: the same load by a bare loop of requests, on a stack without links, with nothing written down;
- straight again, on the same stack: the control, which shows what the measurement itself is worth.

Bookings per second are orders by the time from the first request to the last answer. Before the next load the stack
comes to rest. What the runner does once it has (collecting and writing the evidence) is given as seconds of its own.
Ratios are made within a round; the figure is their median.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations

from benchmarks import load
from benchmarks.report import Figure, at_least, figure
from benchmarks.stacks import Bench, bookings
from benchmarks.statistics import ratios

ROUNDS, QUICK_ROUNDS = 12, 3
SECONDS, QUICK_SECONDS = 2.5, 1.2  # of each load
CLIENTS = 16
ORDERS_OF_WAYS = list(permutations(("recorded", "straight", "control")))


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """The ratio recorded ÷ straight, the control's straight ÷ straight, and the figures they are made of."""
    rates: dict[str, list[float]] = defaultdict(list)
    evidence_s: list[float] = []
    async with bench.stack(links=True) as linked, bench.stack(links=False) as unlinked:
        warm_up = bookings(2 * CLIENTS, CLIENTS)  # the first load of a stack opens connections and files
        await load.recorded(bench, linked, warm_up, load.Phases())
        speed = await load.straight(unlinked, warm_up)
        plan = bookings(load.orders_for(QUICK_SECONDS if quick else SECONDS, speed, CLIENTS), CLIENTS)
        for number in range(QUICK_ROUNDS if quick else ROUNDS):
            for way in ORDERS_OF_WAYS[number % len(ORDERS_OF_WAYS)]:
                if way == "recorded":
                    rate, seconds = await load.recorded(bench, linked, plan, load.Phases())
                    evidence_s.append(seconds)
                else:
                    rate = await load.straight(unlinked, plan)
                rates[way].append(rate)
    by_recording = ratios(rates["recorded"], rates["straight"])
    by_chance = ratios(rates["control"], rates["straight"])
    return [
        figure("overhead", "recorded ÷ straight", "", by_recording, at_least(0.85)),
        figure("overhead", "control: straight ÷ straight", "", by_chance),
        figure("overhead", "recorded", "bookings/s", rates["recorded"]),
        figure("overhead", "straight", "bookings/s", rates["straight"]),
        figure("overhead", "evidence afterwards", "s", evidence_s),
    ]
