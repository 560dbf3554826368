"""The nemesis: carries out a plan's steps side by side, each injected on its trigger and healed on its own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping

from chaos.errors import BadInput, CannotDo
from chaos.evidence.faultlog import Injection
from chaos.faults.fault import Fault
from chaos.faults.rules import RuleFault
from chaos.plan.moments import LoadEnded, Trigger
from chaos.plan.plan import Plan
from chaos.plan.step import Step
from chaos.run.triggers import Progress, come_true
from chaos.stack.stack import Stack
from chaos.system.checker import Checker
from chaos.system.expecting import needs
from chaos.waiting import unless

NODE = re.compile(r"restate-\d+")  # one node of several, and the link to it


class Nemesis:
    """Runs the steps of one plan on one stack. Whatever happens, everything injected is healed when `run` returns."""

    def __init__(self, steps: tuple[Step, ...], progress: Progress) -> None:
        self._steps = steps
        self._progress = progress
        self._over = {step.id: asyncio.Event() for step in steps}
        self.opened = asyncio.Event()  # every step that starts with the load is injected: the load may begin

    async def run(self) -> None:
        """Returns when every step is healed or given up on; a step that could not be done is in the log as failed."""
        async with asyncio.TaskGroup() as group:
            for step in self._steps:
                entered = asyncio.Event()
                group.create_task(self._carry_out(step, entered))
                if step.when.trigger == "start" and step.after is None:  # one after another: the order of rules matters
                    await entered.wait()
            self.opened.set()

    async def _carry_out(self, step: Step, entered: asyncio.Event) -> None:
        """The life of one step; `entered` is set when it is injected, or never will be."""
        try:
            await self._inject_and_heal(step, entered)
        finally:
            entered.set()
            self._over[step.id].set()

    async def _inject_and_heal(self, step: Step, entered: asyncio.Event) -> None:
        injection = Injection(self._progress.log, step.id, step.fault.fault, target_of(step))
        if step.after is not None and not await unless(self._progress.load_over, self._over[step.after].wait()):
            injection.log("failed", detail=f"step {step.after}, which it comes after, lasted as long as the load")
            return
        if not await self._comes_true(step.when, injection):
            injection.log("failed", detail=f"its trigger ({step.when.trigger}) never fired while the load lasted")
            return
        try:
            async with _injectable(step).inject(self._progress.stack, injection):
                entered.set()
                await self._comes_true(step.until, injection)
            injection.log("ready")
        except BadInput:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a fault fails on, the others must still be healed
            injection.log("failed", detail=f"{type(error).__name__}: {error}")

    async def _comes_true(self, trigger: Trigger, injection: Injection) -> bool:
        """Waits for a trigger, but no longer than the load lasts; False if the load ended first."""
        if isinstance(trigger, LoadEnded):
            await self._progress.load_over.wait()
            return True
        return await unless(self._progress.load_over, self._wait_for(trigger, injection))

    async def _wait_for(self, trigger: Trigger, injection: Injection) -> None:
        injection.moment = await come_true(trigger, self._progress)


def _injectable(step: Step) -> Fault:
    if not isinstance(step.fault, Fault):
        raise BadInput(
            f"{type(step.fault).__name__} cannot be injected",
            where=f"step {step.id}",
            allowed="subclasses of chaos.Fault",
        )
    return step.fault


def target_of(step: Step) -> str:
    """The target of a step's fault, for logs and reports."""
    for name in ("target", "link", "at", "app"):
        value = getattr(step.fault, name, None)
        if value is not None:
            return str(value)
    return "stack"


def check_capabilities(plan: Plan, checkers: Mapping[str, Checker], backend: str, capabilities: frozenset[str]) -> None:
    """Raises CannotDo when the backend lacks what a fault, the stack or an expectation of the plan needs."""
    for where, what, needed in _needs(plan, checkers):
        lacking = needed - capabilities
        if lacking:
            raise CannotDo(
                f"{what} needs {', '.join(sorted(lacking))}",
                where=where,
                allowed=f"the {backend} backend can: {', '.join(sorted(capabilities))}",
                next_step="leave it out, or choose a different --chaos-backend or --chaos-nodes",
            )


def _needs(plan: Plan, checkers: Mapping[str, Checker]) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Each part of a plan that needs a capability: where it is, what it is, and what it needs."""
    for step in plan.steps:
        of_a_node = frozenset({"cluster"} if NODE.fullmatch(target_of(step)) else ())
        yield f"step {step.id}", f"fault {step.fault.fault!r} of {target_of(step)}", step.fault.needs | of_a_node
        for moment in (step.when, step.until):
            yield f"step {step.id}", f"moment {moment.trigger!r}", moment.needs
    yield "stack.restate_disk_mb", "a disk of its own for Restate", plan.stack.needs
    for name, needed in needs(plan.expect, checkers):
        yield f"expect.{name}", "what the plan expects", needed


async def check_targets(steps: Iterable[Step], stack: Stack) -> None:
    """Raises BadInput, before anything is broken, when a fault's target does not exist or is dead."""
    for step in steps:
        if isinstance(step.fault, RuleFault):
            stack.party(step.fault.at)
        for kind, *names in sorted(step.fault.claims(len(stack.endpoints))):
            if kind == "link" and names:
                stack.link(names[0])
            for target in stack.named(names[-1]) if kind == "process" else ():
                if await target.look() == "gone":
                    raise BadInput(
                        f"{target.name} is already dead, before anything was broken",
                        where=f"step {step.id}",
                        next_step="look at its log in the stack's folder",
                    )
