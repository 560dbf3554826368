"""backends: what containers cost beside processes. Skipped, with the reason, where there is no engine.

Each in turn starts a stack from nothing, on which both endpoints, and then Restate, are killed and started again:

- nothing to a confirmed booking: as in `startup`.
- killed: from `intended`, when the fault is on disk, until the process table, or the engine, says that all are gone.
- ready again: from the heal until all are ready.
- an answer: from the heal until the next booking is confirmed.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Figure, Target, at_most, figure
from benchmarks.stacks import Bench, bookings, first_event, now_ms
from booking.workloads import Booking
from chaos.backends.docker import DockerBackend
from chaos.backends.engine import Engine
from chaos.backends.process import ProcessBackend
from chaos.errors import BadInput, CannotDo
from chaos.evidence.record import Record
from chaos.faults import Kill
from chaos.faults.processes import ProcessName
from chaos.plan.moments import AfterOperations, AtTime
from chaos.plan.plan import Plan
from chaos.plan.step import Step
from chaos.session import Config, Session

RUNS, QUICK_RUNS = 6, 2
FIRST = "nothing to a confirmed booking"
TARGETS: dict[str, Target] = {f"{DockerBackend.name}: {FIRST}": at_most(12)}
ONE_BOOKING = bookings(orders=1, clients=1)
VICTIMS: tuple[ProcessName, ...] = ("endpoints", "restate")


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:  # noqa: ARG001 - these sessions are their own
    """Start, kill and restart on both backends, side by side. Raises CannotDo where containers cannot be started."""
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    await _find_engine()
    for _ in range(QUICK_RUNS if quick else RUNS):
        for backend in (ProcessBackend.name, DockerBackend.name):
            for (what, unit), taken in (await _measured(backend)).items():
                times[f"{backend}: {what}", unit].append(taken)
    return [figure("backends", what, unit, taken, TARGETS.get(what)) for (what, unit), taken in sorted(times.items())]


async def _find_engine() -> None:
    try:
        await (await Engine.connect()).close()
    except BadInput as error:
        raise CannotDo(error.what, where=error.where, next_step=error.next_step) from error


async def _measured(backend: str) -> dict[tuple[str, str], float]:
    with TemporaryDirectory() as folder:
        opened_ms = now_ms()
        async with Session.open(Config(backend=backend), Path(folder), lambda _: None) as session:
            await session.prove(ONE_BOOKING, replay="")
            took = {(FIRST, "s"): (first_event(session, ONE_BOOKING.name, "ok") - opened_ms) / 1000}
            for victim in VICTIMS:
                took |= await _killed(session, victim)
    return took


async def _killed(session: Session, victim: ProcessName) -> dict[tuple[str, str], float]:
    """What a kill and a restart took, in milliseconds."""
    kill = Step(id="kill", fault=Kill(target=victim), when=AfterOperations(count=1), until=AtTime(at_s=0.1))
    load = Booking(orders=30, seats=30, clients=1, think_ms=20, auto_reset=True)
    summary = await session.prove(Plan(name=f"kill_{victim}", workload=load, steps=(kill,)), replay="")
    at_ms = {event.phase: event.at_ms for event in Record.open(session.folder / summary.record).faults}
    answer_ms = first_event(session, f"kill_{victim}", "ok", at_ms["healing"])
    return {
        (f"{victim} killed", "ms"): at_ms["injected"] - at_ms["intended"],
        (f"{victim} ready again", "ms"): at_ms["healed"] - at_ms["healing"],
        (f"{victim} ready again, an answer", "ms"): answer_ms - at_ms["healing"],
    }
