"""cluster: what three Restate nodes that replicate can do, and how long one that is killed is missed.

- Bookings per second with 64 clients, the gateway answering at once, as in `throughput`, which is about one server.
- Recovery: the node is killed that leads the most partitions. `others notice` is from the kill until another node says
  that it is dead, `all led again` until what it led is led by others, as they say, and `all keys served` until of
  reservations on many keys, which lie on all partitions, every one is answered.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import httpx

from benchmarks import load
from benchmarks.report import Figure, figure
from benchmarks.stacks import Bench, bookings, settled
from chaos.evidence.cluster import leader
from chaos.plan.spec import Modes
from chaos.stack.stack import Stack
from chaos.waiting import NotYet, until

RUNS, QUICK_RUNS = 5, 2
SECONDS, QUICK_SECONDS = 6, 3
CLIENTS = 64
WITHIN_S = 60
KEYS = 16
ANSWERED_WITHIN_S = 10  # what finds no leader waits for one


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """Bookings per second, then seconds from a kill until each sign of recovery."""
    async with bench.stack(links=True, modes=Modes(nodes=3)) as stack:
        first = await load.straight(stack, bookings(CLIENTS, CLIENTS))  # opens connections and files
        orders = load.orders_for(QUICK_SECONDS if quick else SECONDS, first.per_second, CLIENTS)
        loads = [
            await load.recorded(bench, stack, bookings(orders, CLIENTS)) for _ in range(QUICK_RUNS if quick else 3)
        ]
        recoveries = [await _kill(stack) for _ in range(QUICK_RUNS if quick else RUNS)]
    return [
        figure("cluster", f"{CLIENTS} clients", "bookings/s", [each.per_second for each in loads]),
        *(
            figure("cluster", f"node killed: {name}", "s", [each[name] for each in recoveries])
            for name in recoveries[0]
        ),
    ]


async def _kill(stack: Stack) -> dict[str, float]:
    """Kills the node that leads most, and brings it back when all has been seen."""
    assert stack.cluster
    await settled(stack)
    await until(stack.cluster.is_whole, "the cluster to be whole", WITHIN_S)
    cluster, victim = stack.cluster, await leader(stack.cluster, stack.journal)
    led = set((await cluster.seen_by(victim))[victim].leads)
    await stack.target(victim).kill()
    killed = time.monotonic()

    async def noticed() -> None:
        if not await cluster.lost():
            raise NotYet("nobody says so")

    async def all_led() -> None:
        said = await cluster.say()
        missing = led - {partition for node, views in said.items() for partition in views[node].leads}
        if missing:
            raise NotYet(f"partitions {sorted(missing)} are led by nobody")

    async def all_served() -> None:
        await asyncio.gather(*(_reserve(stack) for _ in range(KEYS)))

    async def seconds_until(sign: Callable[[], Awaitable[None]], what: str) -> float:
        await until(sign, what, WITHIN_S)
        return time.monotonic() - killed

    signs = {"others notice": noticed, "all led again": all_led, "all keys served": all_served}
    took = await asyncio.gather(*(seconds_until(sign, what) for what, sign in signs.items()))
    await stack.target(victim).start()
    return dict(zip(signs, took, strict=True))


async def _reserve(stack: Stack) -> None:
    """One reservation on a key that nobody has used. Raises NotYet when it is not answered well."""
    try:
        answer = await stack.http.post(
            f"{stack.ingress.url}/Ticket/bench-{uuid4()}:A1/reserve",
            json={"user_id": "bench", "order_id": str(uuid4())},
            timeout=ANSWERED_WITHIN_S,
        )
    except httpx.TransportError as error:
        raise NotYet(type(error).__name__) from error
    if not answer.is_success:
        raise NotYet(f"HTTP {answer.status_code}")
