"""overhead: what links and recording take away from bookings per second.

Two stacks run side by side and one is loaded at a time. Each round measures three ways, in each of their six orders in
turn, so that none always follows the same other:

- recorded: a run of the runner through the four links, with history, fault log, sampler and progress;
- straight: the same load by a bare loop of requests, on a stack without links, with nothing written down;
- straight again, on the same stack: the control, which shows what the measurement itself is worth.

Bookings per second are orders by the time from the first request to the last answer. Before the next load the stack
comes to rest. What the runner does once it has (collecting and writing the evidence) is given as seconds of its own.
Ratios are made within a round; the figure is their median. `By CPU` is the same ratio of bookings per CPU second of our
processes alone: what the rates would come to if nothing else ran, which a machine shared with others cannot show.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations

from benchmarks import load
from benchmarks.report import Figure, at_least, figure
from benchmarks.stacks import Bench, bookings
from benchmarks.statistics import ratios

ROUNDS, QUICK_ROUNDS = 18, 3
SECONDS = 1.2  # of each load: short, so that what disturbs the machine disturbs all of a round
CLIENTS = 16
ORDERS_OF_WAYS = list(permutations(("recorded", "straight", "control")))


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """The ratio recorded ÷ straight, the control's straight ÷ straight, and the figures they are made of."""
    loads: dict[str, list[load.Loaded]] = defaultdict(list)
    async with bench.stack(links=True) as linked, bench.stack(links=False) as unlinked:
        warm_up = bookings(2 * CLIENTS, CLIENTS)  # the first load of a stack opens connections and files
        await load.recorded(bench, linked, warm_up)
        first = await load.straight(unlinked, warm_up)
        plan = bookings(load.orders_for(SECONDS, first.per_second, CLIENTS), CLIENTS)
        for number in range(QUICK_ROUNDS if quick else ROUNDS):
            for way in ORDERS_OF_WAYS[number % len(ORDERS_OF_WAYS)]:
                if way == "recorded":
                    loads[way].append(await load.recorded(bench, linked, plan))
                else:
                    loads[way].append(await load.straight(unlinked, plan))
    rates = {way: [each.per_second for each in loads[way]] for way in loads}
    cpu_ms = {way: [each.cpu_ms_per_order for each in loads[way]] for way in loads}
    evidence_s = [each.evidence_s for each in loads["recorded"]]
    return [
        figure("overhead", "recorded ÷ straight", "", ratios(rates["recorded"], rates["straight"]), at_least(0.85)),
        figure("overhead", "control: straight ÷ straight", "", ratios(rates["control"], rates["straight"])),
        figure("overhead", "by CPU: recorded ÷ straight", "", ratios(cpu_ms["straight"], cpu_ms["recorded"])),
        figure("overhead", "by CPU: straight ÷ straight", "", ratios(cpu_ms["straight"], cpu_ms["control"])),
        figure("overhead", "recorded", "bookings/s", rates["recorded"]),
        figure("overhead", "straight", "bookings/s", rates["straight"]),
        figure("overhead", "evidence afterwards", "s", evidence_s),
    ]
