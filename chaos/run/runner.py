"""The runner: load and nemesis side by side on a stack, then heal, resolve, converge, and gather the evidence."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from pydantic import JsonValue

from chaos.errors import BadInput, ChaosError, WaitTimedOut, did_you_mean
from chaos.events import FaultChanged, Listener, PhaseChanged, ScenarioStarted
from chaos.events import Progress as ProgressEvent
from chaos.evidence.faultlog import FaultEvent, FaultLog
from chaos.evidence.record import Meta, Record
from chaos.evidence.recorder import Recorder
from chaos.evidence.redaction import Redactor
from chaos.plan.plan import Plan, decide
from chaos.run.clients import Clients, Mailbox
from chaos.run.collector import Collector
from chaos.run.nemesis import Nemesis, check_targets
from chaos.run.sampler import NodeSampler, Sampler
from chaos.run.triggers import Progress
from chaos.stack.soundness import what_is_broken
from chaos.stack.stack import Stack
from chaos.system.system import find_system
from chaos.waiting import NotYet, unless, until

PROGRESS_EVERY_S = 1.0
POLL_S = 0.05
MAX_PENDING_NAMED = 20
READS_AT_ONCE = 16
READS_WITHIN_S = 60  # all of them together: the plan's deadline does not apply here


@dataclass
class _Times:
    """When the phases of a run ended, in milliseconds since the epoch; null: it never got that far."""

    started: int
    load_ended: int | None = None
    healed: int | None = None
    converged: int | None = None
    deadline_passed: bool = False
    pending: tuple[str, ...] = field(default=())


class Run:
    """One run of one plan on one stack. `execute` leaves a record in `folder`, whatever happens."""

    def __init__(self, plan: Plan, stack: Stack, folder: Path, *, replay: str, listener: Listener, system: str) -> None:
        self._plan = plan
        self._system = find_system(system)
        self._system_name = system
        self._stack = stack
        self._replay = replay
        self._tell = listener
        self._decisions = decide(plan, stack.new_scope(plan.name), len(stack.endpoints), len(stack.nodes))
        redactor = Redactor()
        self._recorder = Recorder(folder, redactor)
        self._log = _ToldFaultLog(stack.folder / f"{self._decisions.scope}.faults.jsonl", listener)
        self._clients = Clients(
            stack.links["ingress"].url,
            stack.http,
            self._decisions.scope,
            self._system,
            Mailbox(stack.party(self._system.mailbox).messages, redactor.learn) if self._system.mailbox else None,
        )
        self._collector = Collector(stack, self._recorder, self._decisions.scope, self._cases(), self._system)
        self._sampler = Sampler(stack, self._decisions.scope, self._system)
        self._nodes = NodeSampler(stack.cluster) if stack.cluster else None
        self._load_over = asyncio.Event()
        self._watched = asyncio.Event()  # set when nothing is left to sample

    async def execute(self) -> Record:
        """Runs the plan and returns its record. Raises BadInput when a fault cannot be done as the plan says."""
        with contextlib.closing(self._log):
            return await self._execute()

    async def _execute(self) -> Record:
        decisions, times = self._decisions, _Times(started=_now_ms())
        await check_targets(decisions.steps, self._stack)
        self._recorder.write_json("plan.json", self._plan)
        self._recorder.write_json("decisions.json", decisions)
        self._tell(ScenarioStarted(self._plan.name, self._plan.seed, len(decisions.load.operations)))
        self._stack.known_cases |= set(self._cases())
        try:
            await self._meet_the_app()
            await self._collector.begin()
            await self._clients.open(decisions.load)
        except httpx.HTTPError as error:
            raise ChaosError(f"the stack does not answer, though nothing is broken yet: {error!r}") from error
        with _one_error():
            try:
                async with asyncio.timeout(self._plan.deadline_s):
                    await self._load_under_fire(times)
                    await self._converge(times)
            except TimeoutError:
                times.deadline_passed = True
                times.pending = await self._pending()
        self._tell(PhaseChanged("collect"))
        views = await self._final_reads()
        await self._clients.learn_unanswered(decisions.load)
        await self._collector.collect()
        self._clients.settle_absent(decisions.load, self._collector.invocations)
        self._recorder.write_source("history", self._clients.events)
        self._recorder.write_source("faults", self._log.events)
        self._recorder.write_source("samples", self._sampler.samples)
        self._recorder.write_source("nodes", await self._nodes.last() if self._nodes else ())
        self._recorder.copy_logs(await self._stack.logs())
        self._recorder.finish(self._meta(times, views, await what_is_broken(self._stack)))
        return Record.open(self._recorder.folder)

    async def _meet_the_app(self) -> None:
        """Learns which services are workflows. Raises BadInput when the load calls a handler that does not exist."""
        services = await self._stack.services()
        self._clients.workflows = frozenset(each["name"] for each in services if each["ty"] == "Workflow")
        offered = {f"{each['name']}/{handler['name']}" for each in services for handler in each["handlers"]}
        for call in (*self._decisions.load.opening, *self._decisions.load.operations):
            wanted = f"{call.service}/{call.handler}"
            if wanted not in offered:
                near = did_you_mean(wanted, offered)
                raise BadInput(
                    f"the app has no handler {wanted}{near}", where="workload", allowed=", ".join(sorted(offered))
                )

    async def _load_under_fire(self, times: _Times) -> None:
        """Load and faults together. On exit, even when the deadline passes, every fault is healed."""
        self._tell(PhaseChanged("load"))
        operations = self._decisions.load.operations
        progress = Progress(self._stack, self._log, operations, self._clients, self._load_over)
        nemesis = Nemesis(self._decisions.steps, progress)
        async with asyncio.TaskGroup() as group:
            samplers = [self._sampler.run(), *([self._nodes.run()] if self._nodes else [])]
            for watching in (*samplers, self._report_progress()):
                group.create_task(unless(self._watched, watching))
            breaking = group.create_task(nemesis.run())
            await nemesis.opened.wait()
            first, rest = self._decisions.load.parts
            await self._clients.run(first)
            times.load_ended = _now_ms()
            self._load_over.set()
            self._tell(PhaseChanged("heal"))
            await breaking
            times.healed = _now_ms()
            if rest.operations:
                await self._clients.run(rest)
                times.load_ended = _now_ms()
            self._watched.set()

    async def _converge(self, times: _Times) -> None:
        """After the heal nothing may stay open: every invocation ends, every lost answer is resolved."""
        self._tell(PhaseChanged("converge"))
        try:
            await until(self._settled, "every invocation to end", self._plan.converge_s, POLL_S)
            times.converged = _now_ms()
        except WaitTimedOut:
            times.pending = await self._pending()

    async def _settled(self) -> None:
        if self._stack.cluster:
            await self._stack.cluster.is_whole()
        pending = await self._pending()
        if pending:
            raise NotYet("; ".join(pending[:3]))
        await self._clients.resolve(self._decisions.load)
        unknown = self._clients.unresolved()
        if unknown:
            raise NotYet(f"{len(unknown)} answers still unknown, the first from {unknown[0].target}")
        await self._collector.is_at_rest()

    async def _pending(self) -> tuple[str, ...]:
        """The first invocations that have not ended; those scheduled for later (hold expiries) are not waited for."""
        try:
            rows = await self._stack.journal.query(
                "select target, status from sys_invocation "  # noqa: S608 - a number of our own
                "where status not in ('completed', 'scheduled') "
                f"order by id limit {MAX_PENDING_NAMED}"
            )
        except httpx.HTTPError as error:
            return (f"sys_invocation cannot be read: {type(error).__name__}",)
        return tuple(f"{row['target']} {row['status']}" for row in rows)

    async def _final_reads(self) -> dict[str, JsonValue]:
        """The answers of public reads at the end: the system's reads, and those that the load asks for."""
        targets = [*self._system.final_reads(self._decisions.load, self._clients.told()), *self._decisions.load.reads]
        room = asyncio.Semaphore(READS_AT_ONCE)
        views: dict[str, JsonValue] = {target: {"error": f"no answer within {READS_WITHIN_S} s"} for target in targets}

        async def read(target: str) -> None:
            async with room:
                views[target] = await self._clients.read(target)

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READS_WITHIN_S):
                await asyncio.gather(*(read(target) for target in views))
        return views

    def _cases(self) -> list[str]:
        """The ids of the cases that the load makes."""
        found = (self._system.case_of(call) for call in self._decisions.load.operations)
        return list(dict.fromkeys(case for case in found if case))

    async def _report_progress(self) -> None:
        before = 0
        while True:
            await asyncio.sleep(PROGRESS_EVERY_S)
            done = self._clients.ended
            self._tell(ProgressEvent(done, len(self._decisions.load.operations), (done - before) / PROGRESS_EVERY_S))
            before = done

    def _meta(self, times: _Times, views: dict[str, JsonValue], broken: tuple[str, ...]) -> Meta:
        return Meta(
            system=self._system_name,
            plan=self._plan.name,
            seed=self._plan.seed,
            scope=self._decisions.scope,
            story=self._plan.story,
            app=self._stack.app,
            backend=self._stack.backend,
            modes=self._stack.modes,
            versions=dict(self._stack.versions),
            started_at_ms=times.started,
            load_ended_at_ms=times.load_ended,
            healed_at_ms=times.healed,
            converged_at_ms=times.converged,
            ended_at_ms=_now_ms(),
            pending=times.pending,
            deadline_passed=times.deadline_passed,
            left_broken=broken,
            settings=self._plan.stack.settings,
            expect=self._plan.expect,
            cases=tuple(self._cases()),
            views=views,
            sources=self._recorder.sources,
            replay=self._replay,
        )


class _ToldFaultLog(FaultLog):
    """A fault log that also tells the listener."""

    def __init__(self, path: Path, listener: Listener) -> None:
        super().__init__(path)
        self._tell = listener

    def append(self, event: FaultEvent) -> None:
        super().append(event)
        self._tell(FaultChanged(event.step, event.fault, event.target, event.phase))


@contextlib.contextmanager
def _one_error() -> Iterator[None]:
    """Raises an error the user can act on by itself, not wrapped in the exception group of several tasks."""
    try:
        yield
    except BaseExceptionGroup as group:
        found = group.subgroup(ChaosError)
        while isinstance(found, BaseExceptionGroup):
            found = found.exceptions[0]  # type: ignore[assignment]
        if found is not None:
            raise found from None
        raise


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
