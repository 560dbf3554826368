"""What benchmarks share: stacks that are gone afterwards, and a plan of plain bookings."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from chaos.backends.process import NO_MODES, ProcessBackend
from chaos.cleanup.leftovers import make_scratch
from chaos.cleanup.reaper import Reaper
from chaos.machine.toolchain import ToolchainSettings, Tools, find_tools
from chaos.plan.plan import Plan
from chaos.plan.spec import Modes, StackSpec
from chaos.session import DEFAULT_APP, DEFAULT_PARTIES, Session
from chaos.stack.stack import Stack
from chaos.waiting import NotYet, until
from chaos.workloads import Booking

SETTLED_WITHIN_S = 30


class Bench:
    """Starts stacks for benchmarks, and gives each record a folder that does not outlive them."""

    def __init__(self, tools: Tools, run_id: str, scratch: Path) -> None:
        self._tools = tools
        self._run_id = run_id
        self._scratch = scratch
        self._records = 0
        self._backends: dict[Modes, ProcessBackend] = {}
        self.versions: Mapping[str, str] = tools.versions

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls) -> AsyncIterator[Bench]:
        """Nothing that was started is left when the context ends."""
        run_id = uuid.uuid4().hex[:12]
        scratch = make_scratch(run_id)
        reaper = Reaper(run_id, scratch)
        await reaper.start()
        try:
            tools = await find_tools(ToolchainSettings(), print)
            await reaper.is_ready()
            yield cls(tools, run_id, scratch)
        finally:
            await reaper.stop()

    @contextlib.asynccontextmanager
    async def stack(self, *, links: bool, modes: Modes = NO_MODES) -> AsyncIterator[Stack]:
        """A stack that talks through its links, or straight from service to service."""
        if modes not in self._backends:
            self._backends[modes] = ProcessBackend(
                self._tools, DEFAULT_APP, self._run_id, self._scratch, parties=DEFAULT_PARTIES, modes=modes
            )
        stack = await self._backends[modes].start(StackSpec(), links=links)
        try:
            yield stack
        finally:
            await stack.stop()

    def record_folder(self) -> Path:
        self._records += 1
        return self._scratch / f"record-{self._records}"


def bookings(orders: int, clients: int) -> Plan:
    """A plan in which every order gets its seat and nothing breaks."""
    return Plan(name="bench", workload=Booking(orders=orders, seats=orders, clients=clients), deadline_s=300)


def now_ms() -> float:
    """Milliseconds since the epoch, as histories have them."""
    return time.time() * 1000


def first_event(session: Session, record: str, kind: str, since_ms: float = 0) -> float:
    """When the first event of a kind since then stands in a record's history, in milliseconds since the epoch."""
    lines = (session.folder / "records" / record / "history.jsonl").read_text("utf-8").splitlines()
    events = ((float(event["at_ms"]), event["type"]) for event in map(json.loads, lines))
    return next(at_ms for at_ms, type_ in events if type_ == kind and at_ms >= since_ms)


async def settled(stack: Stack) -> None:
    """Returns when a stack has nothing left to do. Raises WaitTimedOut."""

    async def nothing_runs() -> None:
        rows = await stack.journal.query(
            "select count(*) as running from sys_invocation where status not in ('completed', 'scheduled')"
        )
        if rows[0]["running"]:
            raise NotYet(f"{rows[0]['running']} invocations under way")

    await until(nothing_runs, "the stack to come to rest", SETTLED_WITHIN_S, every_s=0.05)
