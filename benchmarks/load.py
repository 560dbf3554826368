"""The same bookings in two ways: by the runner, recorded as in a scenario, or by a bare loop of requests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import httpx

from benchmarks.stacks import Bench, settled
from chaos.clients import own_connection
from chaos.events import Event, PhaseChanged
from chaos.plan import Call, Plan, decide
from chaos.record import Record
from chaos.runner import Run
from chaos.stack import Stack

T = TypeVar("T")


@dataclass
class Phases:
    """A listener that runs `at_load` and `at_heal` around the load, and notes when the collection began."""

    at_load: Callable[[], None] = lambda: None
    at_heal: Callable[[], None] = lambda: None
    collecting_since: float = 0.0

    def __call__(self, event: Event) -> None:
        match event:
            case PhaseChanged("load"):
                self.at_load()
            case PhaseChanged("heal"):
                self.at_heal()
            case PhaseChanged("collect"):
                self.collecting_since = time.monotonic()


async def recorded(bench: Bench, stack: Stack, plan: Plan, phases: Phases) -> tuple[float, float]:
    """Bookings per second of the runner's load, and the seconds it took to gather the evidence afterwards."""
    record = await Run(plan, stack, bench.record_folder(), "", phases).execute()
    evidence_s = time.monotonic() - phases.collecting_since
    return _rate(record), evidence_s


async def straight(stack: Stack, plan: Plan) -> float:
    """Bookings per second with nothing written down. Raises httpx.HTTPStatusError when an order is refused."""
    load = decide(plan, stack.new_scope(plan.name), len(stack.endpoints)).load

    async def post(http: httpx.AsyncClient, call: Call) -> None:
        response = await http.post(f"{stack.links['ingress'].url}/{call.target}", json=call.input)
        response.raise_for_status()

    await closed_loop(1, load.opening, post)
    began = time.monotonic()
    await closed_loop(load.clients, load.operations, post)
    seconds = time.monotonic() - began
    await settled(stack)
    return len(load.operations) / seconds


def orders_for(seconds: float, per_second: float, clients: int) -> int:
    """How many orders make a load of about that length, and at least three for each client; a plan has 1,000 seats."""
    return min(1_000, max(3 * clients, round(seconds * per_second)))


async def closed_loop(clients: int, work: Iterable[T], do: Callable[[httpx.AsyncClient, T], Awaitable[None]]) -> None:
    """Each client, with a connection of its own, takes the next piece of work as soon as it is done with its last."""
    waiting = iter(work)

    async def client() -> None:
        async with own_connection() as http:
            for piece in waiting:
                await do(http, piece)

    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(client())


def _rate(record: Record) -> float:
    """Confirmed orders by the time from the first request to the last answer."""
    operations = record.operations
    began_ms = min(each.invoked_at_ms for each in operations)
    ended_ms = max(each.ended_at_ms or each.invoked_at_ms for each in operations)
    return sum(each.first == "ok" for each in operations) * 1000 / (ended_ms - began_ms)
