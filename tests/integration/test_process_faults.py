"""The process faults on a real stack: each has the effect it states, and leaves the stack whole."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from chaos.backends.clock import SHARED_MEMORY, faketime
from chaos.errors import BadInput
from chaos.evidence.faultlog import FaultLog, Injection
from chaos.faults import ClockSkew, CpuStarve, CrashLoop, Kill, Pause, Restart, Terminate
from chaos.faults.processes import ProcessFault
from chaos.machine.toolchain import Tools
from chaos.plan.spec import StackSpec
from chaos.stack.soundness import what_is_broken
from chaos.stack.stack import Stack
from chaos.waiting import NotYet, until
from tests.stacks import stack_of

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
where_faketime_is = pytest.mark.skipif(faketime() is None, reason="libfaketime is not installed")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tools: Tools) -> AsyncIterator[Stack]:
    """The stack that all these faults are tried on, one after another."""
    async with stack_of(tools, StackSpec(endpoints=2)) as stack:
        yield stack


@pytest.fixture
def log(tmp_path: Path) -> Iterator[FaultLog]:
    log = FaultLog(tmp_path / "faults.jsonl")
    yield log
    log.close()


@pytest.mark.parametrize(
    "fault",
    [
        Kill(target="mailer"),
        Pause(target="restate"),
        Terminate(target="endpoints"),
        Terminate(target="gateway"),
        Terminate(target="restate"),
        Restart(target="restate", down_ms=1),
        Restart(target="mailer", down_ms=60_000, graceful=True),  # it comes back when the step ends
        pytest.param(ClockSkew(target="endpoint-1", ahead_s=-86_400), marks=where_faketime_is),
        pytest.param(ClockSkew(target="endpoints"), marks=where_faketime_is),
    ],
    ids=lambda fault: f"{fault.fault}_{fault.target}",
)
async def test_it_is_seen_and_healed(fault: ProcessFault, stack: Stack, log: FaultLog) -> None:
    before = {name: await target.look() for name, target in stack.targets.items()}
    async with fault.inject(stack, Injection(log, "broken", fault.fault, fault.target)):
        assert any(event.phase == "injected" for event in log.events)
    assert [event.observation.shows_effect for event in log.events if event.observation] == [True]
    assert await what_is_broken(stack) == ()
    others = {name for name, target in stack.targets.items() if await target.look() != before[name]}
    expected = set(stack.endpoints) if fault.target == "endpoints" else {fault.target}
    assert others == (set() if fault.fault == "pause" else expected)


async def test_a_crash_loop_goes_on_until_it_has_died_often_enough(stack: Stack, log: FaultLog) -> None:
    loop = CrashLoop(target="gateway", times=3, every_ms=10)

    async def seen() -> None:
        if not any(event.observation for event in log.events):
            raise NotYet([event.phase for event in log.events])

    async with loop.inject(stack, Injection(log, "loop", loop.fault, loop.target)):
        await until(seen, "the loop to end by itself", 60)
    (observation,) = [event.observation for event in log.events if event.observation]
    assert (observation.during, observation.shows_effect) == (3, True)
    assert await what_is_broken(stack) == ()


async def test_a_crash_loop_cut_short_is_not_seen_and_is_healed(stack: Stack, log: FaultLog) -> None:
    loop = CrashLoop(target="mailer", times=1_000)
    async with loop.inject(stack, Injection(log, "loop", loop.fault, loop.target)):
        pass
    (observation,) = [event.observation for event in log.events if event.observation]
    assert (observation.during, observation.shows_effect) == (1, False)
    assert await what_is_broken(stack) == ()


async def test_a_starved_process_is_stopped_most_of_the_time_and_answers_all_the_same(
    stack: Stack, log: FaultLog
) -> None:
    process = psutil.Process(int((await stack.target("restate").look()).split("@")[0]))
    starved = CpuStarve(target="restate", percent=10)
    began, used = time.monotonic(), sum(process.cpu_times()[:2])
    async with starved.inject(stack, Injection(log, "starved", starved.fault, starved.target)):
        while time.monotonic() - began < 1:
            answer = await stack.http.get(f"{stack.ingress.url}/restate/health", timeout=30)
            assert answer.is_success
    share = (sum(process.cpu_times()[:2]) - used) / (time.monotonic() - began)
    (observation,) = [event.observation for event in log.events if event.observation]
    assert observation.shows_effect
    assert isinstance(observation.during, int)
    assert 45 <= observation.during <= 100
    assert await what_is_broken(stack) == ()
    assert share < 2 * 0.1 * (os.cpu_count() or 1)  # on each processor at most its part of the time, and some


@where_faketime_is
async def test_a_clock_leaves_nothing_behind_however_its_process_ends(stack: Stack, log: FaultLog) -> None:
    skew = ClockSkew(target="endpoint-0")

    def left() -> set[str]:
        return {path.name for path in SHARED_MEMORY.glob("*faketime*")}

    before = left()
    async with skew.inject(stack, Injection(log, "skew", skew.fault, skew.target)):
        assert left() <= before
        await stack.target("endpoint-0").kill()
        assert left() <= before


@pytest.mark.parametrize(
    "fault", [Kill, Pause, Terminate, Restart, CrashLoop, CpuStarve, ClockSkew], ids=lambda fault: fault.__name__
)
async def test_what_is_dead_already_is_one_error_before_anything_is_broken(
    fault: type[ProcessFault], stack: Stack, log: FaultLog
) -> None:
    await stack.target("endpoint-0").kill()
    alive = await stack.target("endpoint-1").look()
    try:
        with pytest.raises(BadInput, match=r"^step broken: endpoint-0 is already dead\n  next: "):
            async with fault(target="endpoints").inject(stack, Injection(log, "broken", "any", "endpoints")):
                pass
    finally:
        await stack.target("endpoint-0").start()
    assert log.events == []
    assert await stack.target("endpoint-1").look() == alive
