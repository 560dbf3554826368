"""The faults that only containers have: each is seen, healed and leaves nothing; one that is dropped proves nothing."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from booking.workloads import Booking
from chaos.backends.container import Container
from chaos.errors import BadInput, ChaosError, WaitTimedOut
from chaos.evidence.faultlog import FaultLog, Injection
from chaos.faults import CpuLimit, Disconnect, DiskFull, DnsFailure, MemoryLimit, OomKill, disk_full, oom_kill
from chaos.faults.containers import held_back, kills_for_memory, memory_limit
from chaos.faults.dns_failure import found
from chaos.plan.expect import Expect
from chaos.plan.moments import AfterOperations, AtTime, EffectSeen
from chaos.plan.plan import Plan
from chaos.plan.spec import StackSpec
from chaos.plan.step import Step
from chaos.session import Config, Session
from chaos.stack.soundness import what_is_broken
from chaos.stack.stack import Stack, contained
from chaos.stack.toxiproxy import ToxiproxyClient
from chaos.verdict import Outcome

A_MOMENT = AtTime(at_s=0.5)
SOON = AfterOperations(count=2)
EVERY_KIND = Plan(
    name="every_kind",
    workload=Booking(orders=60, seats=60, clients=2, think_ms=100),
    steps=(
        Step(id="throttled", fault=CpuLimit(target="restate", cpus=0.01), when=SOON, until=AtTime(at_s=1)),
        Step(id="little", fault=MemoryLimit(target="gateway", limit_mb=256), when=SOON, until=A_MOMENT),
        Step(id="nameless", fault=DnsFailure(target="mailer"), when=SOON, until=A_MOMENT),
        Step(id="out_of_memory", fault=OomKill(target="endpoint-0"), when=SOON, until=A_MOMENT),
        Step(id="off", fault=Disconnect(target="endpoint-1"), when=SOON, until=A_MOMENT),
        Step(id="full", fault=DiskFull(), after="throttled", until=EffectSeen(step="full")),
    ),
    expect=Expect(min_ok=1),
    stack=StackSpec(restate_disk_mb=64),
)


def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way to inject is taken away; every way to look stays."""

    async def nothing(*_: object) -> int:
        return 0

    for method in ("limit_cpu", "limit_memory", "hide", "cut_off"):
        monkeypatch.setattr(Container, method, nothing)
    monkeypatch.setattr(oom_kill, "exhaust", nothing)
    monkeypatch.setattr(oom_kill, "DIES_WITHIN_S", 0.3)
    monkeypatch.setattr(disk_full, "fill", nothing)
    monkeypatch.setattr(ToxiproxyClient, "cut", nothing)


@pytest.mark.integration
@pytest.mark.usefixtures("engine")
async def test_each_that_lands_is_seen_and_healed_and_each_that_is_dropped_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Session.open(Config(backend="docker"), tmp_path, lambda _: None) as session:
        landed = await session.prove(EVERY_KIND, replay="")
        stack = session._last
        assert stack
        boxes = {name: contained(target) for name, target in stack.targets.items()}
        assert [await memory_limit(each) for each in boxes.values()] == [None] * len(boxes)
        assert await boxes["endpoint-1"].interfaces() == 1
        assert await found(boxes["toxiproxy"], boxes["mailer"].host)
        before = await held_back(boxes["restate"])
        await boxes["restate"].run("bash", "-c", "for ((i = 0; i < 100000; i++)); do :; done")
        assert await held_back(boxes["restate"]) == before
        with monkeypatch.context() as patched:
            silence(patched)
            dropped = await session.prove(EVERY_KIND, replay="")
    assert (landed.verdict, landed.findings) == (Outcome.VALID, ())
    unseen = {finding.fault_id for finding in dropped.findings if finding.checker == "faults_landed"}
    assert (dropped.verdict, unseen) == (Outcome.UNKNOWN, {step.id for step in EVERY_KIND.steps})


@pytest.mark.integration
@pytest.mark.usefixtures("engine")
async def test_a_container_that_was_left_altered_is_found(tmp_path: Path) -> None:
    async with Session.open(Config(backend="docker"), tmp_path, lambda _: None) as session:
        stack = await session._stack_for(StackSpec())
        mailer = contained(stack.target("mailer"))
        found = [await what_is_broken(stack)]
        for alter, undo in (
            (partial(mailer.limit_cpu, 0.5), partial(mailer.limit_cpu, None)),
            (partial(mailer.limit_memory, 256), partial(mailer.limit_memory, None)),
            (mailer.hide, mailer.unhide),
            (mailer.cut_off, mailer.rejoin),
        ):
            await alter()
            found.append((await what_is_broken(stack))[:1])
            await undo()
        found.append(await what_is_broken(stack))
    wrong = ("has a limit of CPU time", "has a limit of memory", "has another name", "is off its network")
    assert found == [(), *((f"container mailer {what}",) for what in wrong), ()]


async def test_the_machines_own_disk_is_never_filled(tmp_path: Path) -> None:
    """Without a target it could do no harm: there is none."""
    stack = cast(Stack, SimpleNamespace(spec=StackSpec(), targets={}))
    with contextlib.closing(FaultLog(tmp_path / "faults.jsonl")) as log:
        injection = Injection(log, "full", "disk_full", "restate")
        with pytest.raises(BadInput, match=r"step full: this machine's own disk.*\n  next: .*stack.restate_disk_mb"):
            async with DiskFull().inject(stack, injection):
                pass


class PlayedBox:
    """A container whose control group says what it is told to say."""

    def __init__(self, **files: str) -> None:
        self.files = files

    async def run(self, *command: str) -> str:
        return next(self.files[name] for name in command[-2:] if name in self.files)


@pytest.mark.parametrize(
    ("files", "limit", "held"),
    [
        ({"memory.max": "max\n", "cpu.stat": "usage_usec 1\nnr_throttled 3\n"}, None, 3),
        ({"memory.max": "1048576\n", "cpu.stat": "nr_throttled 0\n"}, 1_048_576, 0),
        ({"memory/memory.limit_in_bytes": "9223372036854771712\n", "cpu/cpu.stat": "nr_throttled 7\n"}, None, 7),
        ({"memory/memory.limit_in_bytes": "2097152\n", "cpu/cpu.stat": "nr_throttled 0\n"}, 2_097_152, 0),
    ],
)
async def test_control_groups_of_both_versions_are_read(files: Any, limit: int | None, held: int) -> None:
    box = cast(Any, PlayedBox(**files))
    assert (await memory_limit(box), await held_back(box)) == (limit, held)


@pytest.mark.parametrize("file", ["memory.events", "memory/memory.oom_control"])
async def test_what_the_kernel_killed_for_memory_is_read_from_both_versions(file: str) -> None:
    assert await kills_for_memory(cast(Any, PlayedBox(**{file: "under_oom 0\noom_kill 4\n"}))) == 4


class FullBox:
    """A container whose kernel kills, when its memory is full, `counted` processes, and then it itself with `code`."""

    def __init__(self, counted: int, code: int | None) -> None:
        self.counted, self.code = counted, code
        self.kills = 3  # of an earlier time
        self.ended_with: int | None = None

    async def run(self, *command: str) -> str:
        if self.ended_with is not None:
            raise ChaosError("it does not run")
        told = " ".join(command)
        if "memory.events" in told:
            return f"oom_kill {self.kills}\n"
        if "memory.current" in told:
            return "1048576\n"
        if oom_kill.FIRST_TO_GO in told:
            self.kills += self.counted
        elif oom_kill.BALLAST in told:
            self.ended_with = self.code
        raise ChaosError("killed")

    async def limit_memory(self, mb: int | None) -> None: ...

    async def look(self) -> str:
        return "gone"  # it is not wanted to be brought back here

    async def start(self) -> None: ...

    async def ended(self, patience_s: float) -> None:
        if self.ended_with is None:
            raise WaitTimedOut("its end", patience_s, "running")

    async def exit_code(self) -> int | None:
        return self.ended_with


@pytest.mark.parametrize(
    ("boxes", "shown"),
    [
        ([(1, -9), (2, -9)], [True, True]),
        ([(1, -9), (0, -9)], [False, True]),  # killed, and the kernel says nothing of memory: by somebody else
        ([(1, -9), (1, None)], [True, False]),  # it lives
        ([(1, 0), (1, -9)], [True, False]),  # it ended by itself
        ([(1, -15), (1, -9)], [True, False]),  # it was asked to end
    ],
)
async def test_out_of_memory_is_what_the_kernel_counts_and_a_sigkill_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boxes: list[tuple[int, int | None]], shown: list[bool]
) -> None:
    async def played(*_: object) -> list[Any]:
        return [FullBox(*each) for each in boxes]

    monkeypatch.setattr(OomKill, "containers", played)
    with contextlib.closing(FaultLog(tmp_path / "faults.jsonl")) as log:
        async with OomKill().inject(cast(Any, None), Injection(log, "step", "oom_kill", "endpoints")):
            pass
    assert [event.observation.shows_effect for event in log.events if event.observation] == shown


class FullDisk:
    """Restate on a disk of which so many bytes are left when it was filled; it finds that out a moment later."""

    def __init__(self, left: int, *, appends: bool) -> None:
        self.left, self.appends = left, appends
        self.looks = 0

    async def run(self, *command: str) -> str:
        return f"Avail\n{self.left}\n" if command[0] == "df" else ""

    async def new_log(self) -> str:
        self.looks += 1
        return disk_full.NO_SPACE if self.appends and self.looks > 2 else "as ever\n"

    async def put(self, *_: object) -> None: ...

    async def kill(self) -> None: ...

    async def look(self) -> str:
        return "1@0 running"


@pytest.mark.parametrize(
    ("left", "appends", "shown"),
    [(0, True, [True, True]), (0, False, [True, False]), (4_096, True, [False, False])],
    ids=["refuses what comes later", "has nothing to append", "has room"],
)
async def test_a_disk_is_full_when_nothing_is_left_and_restate_has_found_that_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int, appends: bool, shown: list[bool]
) -> None:
    monkeypatch.setattr(disk_full, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(disk_full, "contained", lambda _: FullDisk(left, appends=appends))
    if not appends:
        monkeypatch.setattr(disk_full, "REFUSES_WITHIN_S", 0.1)
    stack = cast(Any, SimpleNamespace(spec=StackSpec(restate_disk_mb=64), target=lambda _: None))
    with contextlib.closing(FaultLog(tmp_path / "faults.jsonl")) as log:
        async with DiskFull().inject(stack, Injection(log, "full", "disk_full", "restate")):
            assert [event.observation.shows_effect for event in log.events if event.observation] == shown[:1]
    assert [event.observation.shows_effect for event in log.events if event.observation] == shown
    assert [event.phase for event in log.events][-2:] == ["healing", "healed"]
