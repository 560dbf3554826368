"""The nemesis: carries out a plan's steps side by side, each injected on its trigger and healed on its own."""

from __future__ import annotations

import asyncio

from chaos.errors import BadInput
from chaos.faultlog import Injection
from chaos.plan import LoadEnded, Step, Trigger
from chaos.stack import Stack
from chaos.triggers import Progress, come_true


class Nemesis:
    """Runs the steps of one plan on one stack. Whatever happens, what it injected is healed when `run` returns."""

    def __init__(self, steps: tuple[Step, ...], progress: Progress) -> None:
        self._steps = steps
        self._progress = progress
        self.opened = asyncio.Event()  # every step that starts with the load is in: the load may begin

    async def run(self) -> None:
        """Returns when every step is healed or was given up; a step that could not be done is in the log as failed."""
        async with asyncio.TaskGroup() as group:
            for step in self._steps:
                entered = asyncio.Event()
                group.create_task(self._carry_out(step, entered))
                if step.when.trigger == "start":  # one after another: the order of gateway rules matters
                    await entered.wait()
            self.opened.set()

    async def _carry_out(self, step: Step, entered: asyncio.Event) -> None:
        """One step's life; `entered` is set when it is in, or will never be."""
        try:
            await self._inject_and_heal(step, entered)
        finally:
            entered.set()

    async def _inject_and_heal(self, step: Step, entered: asyncio.Event) -> None:
        injection = Injection(self._progress.log, step.id, step.fault.fault, target_of(step))
        if not await self._comes_true(step.when):
            injection.log("failed", detail=f"its trigger ({step.when.trigger}) never came true while the load lasted")
            return
        try:
            async with step.fault.inject(self._progress.stack, injection):
                entered.set()
                await self._comes_true(step.until)
            injection.log("ready")
        except BadInput:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a fault breaks on, the others are still to be healed
            injection.log("failed", detail=f"{type(error).__name__}: {error}")

    async def _comes_true(self, trigger: Trigger) -> bool:
        """Waits for a trigger, at most until the load is over; False when the load was over first."""
        if isinstance(trigger, LoadEnded):
            await self._progress.load_over.wait()
            return True
        waiting = asyncio.create_task(come_true(trigger, self._progress))
        over = asyncio.create_task(self._progress.load_over.wait())
        try:
            await asyncio.wait({waiting, over}, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                waiting.result()
            return waiting.done()
        finally:
            waiting.cancel()
            over.cancel()


def target_of(step: Step) -> str:
    """What a step's fault is aimed at, for logs and reports."""
    for name in ("target", "link", "at", "app"):
        value = getattr(step.fault, name, None)
        if value is not None:
            return str(value)
    return "stack"


def check_capabilities(steps: tuple[Step, ...], stack: Stack) -> None:
    """Raises BadInput when the backend lacks what a fault needs, before anything is broken."""
    for step in steps:
        lacking = step.fault.needs - stack.capabilities
        if lacking:
            raise BadInput(
                f"fault {step.fault.fault!r} needs {', '.join(sorted(lacking))}",
                where=f"step {step.id}",
                allowed=f"the {stack.backend} backend can: {', '.join(sorted(stack.capabilities))}",
                next_step="choose another fault or --chaos-backend",
            )
