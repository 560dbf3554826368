"""The nemesis: steps wait for each other, heal what they broke, and say so when their moment never came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, Literal

import pytest

from booking.workloads import Booking
from chaos.checkers import CHECKERS
from chaos.checkers.cluster_reacts import Reaction
from chaos.errors import BadInput, CannotDo
from chaos.evidence.faultlog import FaultLog, Injection
from chaos.faults import Kill, LinkDown
from chaos.faults.fault import Fault
from chaos.plan.expect import Expect
from chaos.plan.moments import AfterOperations, Appending, AtTime, LoadEnded
from chaos.plan.plan import Plan, decide
from chaos.plan.spec import StackSpec
from chaos.plan.step import FAULTS, Step
from chaos.run.nemesis import Nemesis, check_capabilities, check_targets
from chaos.run.triggers import Progress
from chaos.waiting import NotYet, until

NOW = AtTime(at_s=0)


class Scratch(Fault):
    """Breaks nothing, and logs it."""

    fault: Literal["scratch"] = "scratch"
    fails: bool = False

    targets: ClassVar[str] = "nothing"
    effect: ClassVar[str] = "none"

    @asynccontextmanager
    async def inject(self, stack: Any, injection: Injection) -> AsyncIterator[None]:
        injection.log("intended")
        if self.fails:
            raise OSError("slipped")
        injection.log("injected")
        yield
        injection.log("healed")


FAULTS.pop("scratch")  # for these tests alone: no plan file may name it


class Lab:
    """A nemesis on nothing: what it logged, and a load that ends when it is told to."""

    def __init__(self, folder: Path) -> None:
        nowhere: Any = None
        self.log = FaultLog(folder / "faults.jsonl")
        self.load_over = asyncio.Event()
        self.progress = Progress(nowhere, self.log, (), SimpleNamespace(ended=0, under_way=0), self.load_over)

    async def run(self, *steps: Step) -> list[str]:
        plan = Plan(name="x", workload=Booking(orders=1, seats=1), steps=steps)
        async with asyncio.timeout(20):
            await Nemesis(decide(plan, "s", 2).steps, self.progress).run()
        return [f"{event.step} {event.phase}" for event in self.log.events]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    yield lab
    lab.log.close()


def step(name: str, after: str | None = None, *, fails: bool = False, cycles: int = 1) -> Step:
    return Step(id=name, fault=Scratch(fails=fails), after=after, when=NOW, until=NOW, cycles=cycles, quiet_s=0)


def life(name: str) -> list[str]:
    return [f"{name} {phase}" for phase in ("intended", "injected", "healed", "ready")]


async def test_a_step_comes_after_the_whole_of_another(lab: Lab) -> None:
    assert await lab.run(step("second", after="first"), step("first")) == life("first") + life("second")


async def test_cycles_come_one_after_the_other(lab: Lab) -> None:
    logged = await lab.run(step("again", cycles=3), step("last", after="again"))
    assert logged == [line for name in ("again_1", "again_2", "again_3", "last") for line in life(name)]


async def test_a_step_that_failed_is_over_too(lab: Lab) -> None:
    logged = await lab.run(step("second", after="first"), step("first", fails=True))
    assert logged == ["first intended", "first failed", *life("second")]


async def test_a_step_whose_turn_never_came_says_so(lab: Lab) -> None:
    never = step("first").model_copy(update={"when": AfterOperations(count=1)})
    running = asyncio.create_task(lab.run(never, step("second", after="first")))
    lab.load_over.set()
    assert sorted(await running) == ["first failed", "second failed"]
    assert "first, which it comes after" in str(next(e.detail for e in lab.log.events if e.step == "second"))


async def test_a_step_lasts_until_the_load_ends(lab: Lab) -> None:
    lasting = step("only").model_copy(update={"until": LoadEnded()})
    running = asyncio.create_task(lab.run(lasting))
    await until(partial(_has_begun, lab), "the fault to be in", 20)
    assert [event.phase for event in lab.log.events] == ["intended", "injected"]
    lab.load_over.set()
    assert await running == life("only")


async def _has_begun(lab: Lab) -> None:
    if len(lab.log.events) < 2:
        raise NotYet(lab.log.events)


@pytest.mark.parametrize("phase", ["injected", "healing", "healed"])
def test_a_fault_that_heals_without_having_been_intended_is_a_defect(lab: Lab, phase: Any) -> None:
    with pytest.raises(RuntimeError, match=f"logs '{phase}' without having logged 'intended'"):
        Injection(lab.log, "crash", "kill", "endpoint-0").log(phase)
    assert lab.log.events == []


def plan(*steps: Step, **more: Any) -> Plan:
    return Plan(name="x", workload=Booking(orders=1, seats=1), steps=steps, **more)


def test_a_backend_that_lacks_what_a_fault_needs_is_named_with_what_it_can() -> None:
    check_capabilities(plan(step("x")), CHECKERS, "paper", frozenset())
    down = plan(Step(id="down", fault=LinkDown(link="gateway")))
    said = r"step down: fault 'link_down' of gateway needs link\n  allowed: the paper backend can: x"
    with pytest.raises(CannotDo, match=said):
        check_capabilities(down, CHECKERS, "paper", frozenset({"x"}))


def test_a_backend_that_lacks_what_a_moment_needs_cannot_do_it_either() -> None:
    blind = frozenset({"process"})
    check_capabilities(plan(Step(id="late", fault=Kill())), CHECKERS, "paper", blind)
    for moment in ({"when": Appending()}, {"until": Appending()}):
        with pytest.raises(CannotDo, match="step late: moment 'append' needs log"):
            check_capabilities(plan(Step(id="late", fault=Kill(), **moment)), CHECKERS, "paper", blind)


@pytest.mark.parametrize("fault", [Kill(target="restate-1"), LinkDown(link="restate-2")])
def test_a_node_among_several_takes_a_cluster(fault: Fault) -> None:
    able = frozenset({"process", "link"})
    check_capabilities(plan(Step(id="one", fault=fault)), CHECKERS, "paper", able | {"cluster"})
    with pytest.raises(CannotDo, match=r"step one: fault .* of restate-\d needs cluster"):
        check_capabilities(plan(Step(id="one", fault=fault)), CHECKERS, "paper", able)


def test_what_nodes_do_is_seen_on_a_cluster_only() -> None:
    expects = plan(expect=Expect(cluster=Reaction(nodes_lost=1)))
    check_capabilities(expects, CHECKERS, "paper", frozenset({"cluster"}))
    with pytest.raises(CannotDo, match=r"expect\.cluster: what the plan expects needs cluster"):
        check_capabilities(expects, CHECKERS, "paper", frozenset({"x"}))


def test_a_disk_of_ones_own_is_not_everywhere() -> None:
    with_disk = plan(stack=StackSpec(restate_disk_mb=64))
    check_capabilities(plan(), CHECKERS, "paper", frozenset())
    check_capabilities(with_disk, CHECKERS, "box", frozenset({"disk"}))
    with pytest.raises(CannotDo, match=r"stack.restate_disk_mb: .* needs disk\n  allowed: the paper backend can: x"):
        check_capabilities(with_disk, CHECKERS, "paper", frozenset({"x"}))


class Dead:
    """A process that is no more."""

    name = "endpoint-0"

    async def look(self) -> str:
        return "gone"


class Town:
    """A stack with one dead endpoint and no links."""

    endpoints = ("endpoint-0",)

    def named(self, name: str) -> list[Dead]:
        if name != "endpoint-0":
            raise BadInput(f"no target {name!r}", where="plan", allowed="endpoint-0")
        return [Dead()]

    def link(self, name: str) -> None:
        raise BadInput(f"no link {name!r}", where="plan")


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Kill(target="endpoint-0"), "step a: endpoint-0 is already dead, before anything was broken"),
        (Kill(target="endpoint-7"), "no target 'endpoint-7'"),
        (LinkDown(link="gateway"), "no link 'gateway'"),
    ],
)
async def test_what_a_fault_is_aimed_at_must_be_there_before_anything_is_broken(fault: Fault, says: str) -> None:
    town: Any = Town()
    with pytest.raises(BadInput, match=says):
        await check_targets([Step(id="a", fault=fault)], town)
