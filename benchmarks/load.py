"""The same bookings in two ways: by the runner, recorded as in a scenario, or by a bare loop of requests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import httpx

from benchmarks.cpu import OTHERS, Usage, usage
from benchmarks.stacks import Bench, settled
from chaos.errors import ChaosError
from chaos.events import Event, PhaseChanged
from chaos.evidence.record import Record
from chaos.plan.plan import Plan, decide
from chaos.plan.workload import Call
from chaos.run.clients import own_connection
from chaos.run.runner import Run
from chaos.session import DEFAULT_SYSTEM
from chaos.stack.stack import Stack

T = TypeVar("T")


@dataclass(frozen=True)
class Loaded:
    """What one load came to: confirmed orders per second, and what CPU time it took by group of processes."""

    per_second: float
    orders: int
    cpu_s: dict[str, float]
    busy: dict[str, float]  # share of one core, by each process of a group
    evidence_s: float = 0  # spent on gathering the evidence afterwards

    @property
    def cpu_ms_per_order(self) -> float:
        """CPU milliseconds of all that belongs to us: what others do on the machine is not in it."""
        return sum(cpu_s for group, cpu_s in self.cpu_s.items() if group != OTHERS) * 1000 / self.orders


class _Watch:
    """A listener that notes the usage when the load begins and ends, and the time when the collection begins."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.usages: list[Usage] = []
        self.collecting_since = 0.0

    def __call__(self, event: Event) -> None:
        match event:
            case PhaseChanged("load" | "heal"):
                self.usages.append(usage(self._stack))
            case PhaseChanged("collect"):
                self.collecting_since = time.monotonic()


async def recorded(bench: Bench, stack: Stack, plan: Plan) -> Loaded:
    """The load as a scenario has it: by the runner, through the stack's links, with everything that it writes down."""
    watch = _Watch(stack)
    record = await Run(plan, stack, bench.record_folder(), replay="", listener=watch, system=DEFAULT_SYSTEM).execute()
    evidence_s = time.monotonic() - watch.collecting_since
    before, after = watch.usages
    confirmed = sum(each.first == "ok" for each in record.operations)
    return Loaded(
        confirmed / _load_s(record), len(record.operations), after.since(before), after.busy_since(before), evidence_s
    )


async def straight(stack: Stack, plan: Plan) -> Loaded:
    """The load with nothing written down. Raises ChaosError when an order is refused."""
    load = decide(plan, stack.new_scope(plan.name), len(stack.endpoints)).load

    async def post(http: httpx.AsyncClient, call: Call) -> None:
        response = await http.post(f"{stack.links['ingress'].url}/{call.target}", json=call.input)
        response.raise_for_status()

    await closed_loop(1, load.opening, post)
    before = usage(stack)
    await closed_loop(load.clients, load.operations, post)
    after = usage(stack)
    await settled(stack)
    orders = len(load.operations)
    return Loaded(orders / (after.at_s - before.at_s), orders, after.since(before), after.busy_since(before))


def orders_for(seconds: float, per_second: float, clients: int) -> int:
    """How many orders make a load of about that length, and at least three for each client; a plan has 1,000 seats."""
    return min(1_000, max(3 * clients, round(seconds * per_second)))


async def closed_loop(clients: int, work: Iterable[T], do: Callable[[httpx.AsyncClient, T], Awaitable[None]]) -> None:
    """Each client, with a connection of its own, takes the next piece of work as soon as it is done with its last.

    Raises ChaosError when a request fails.
    """
    waiting = iter(work)

    async def client() -> None:
        async with own_connection() as http:
            for piece in waiting:
                await do(http, piece)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(clients):
                group.create_task(client())
    except ExceptionGroup as errors:
        first = errors.exceptions[0]
        if not isinstance(first, httpx.HTTPError):
            raise
        raise ChaosError(f"a request of the load failed: {first!r}") from errors


def _load_s(record: Record) -> float:
    """Seconds from the first request to the last answer."""
    operations = record.operations
    began_ms = min(each.invoked_at_ms for each in operations)
    ended_ms = max(each.ended_at_ms or each.invoked_at_ms for each in operations)
    return (ended_ms - began_ms) / 1000
