"""plans_per_minute: how many plans with faults are run and judged in a minute, on one stack that is used again.

The plans are generated ones (booking/draw.py), of the first seeds whose plans can share a stack: mostly 24
to 40 orders by 4 clients that pause 20 ms after each answer, under one to three faults. The clock starts when the
stack is up and has served one plan; from then on everything counts, from opening an event to the verdict on the
record. A plan that is not VALID makes the benchmark fail, since its time means nothing.
"""

from __future__ import annotations

import time
from itertools import count, islice, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Figure, at_least, figure
from benchmarks.stacks import Bench
from booking.draw import STACK, drawn_plan
from chaos.backends.process import ProcessBackend
from chaos.errors import ChaosError
from chaos.session import Config, Session
from chaos.verdict import Outcome

PLANS, QUICK_PLANS = 20, 5


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:  # noqa: ARG001 - the session has a stack of its own
    """Plans per minute, and seconds a plan. Raises ChaosError when a plan is not VALID."""
    generated = (drawn_plan(seed, ProcessBackend.capabilities()) for seed in count(1))
    plans = list(islice((plan for plan in generated if plan.stack == STACK), 1 + (QUICK_PLANS if quick else PLANS)))
    ended = []
    with TemporaryDirectory() as folder:
        async with Session.open(Config(), Path(folder), lambda _: None) as session:
            for plan in plans:
                summary = await session.prove(plan, replay="")
                ended.append(time.monotonic())
                if summary.verdict is not Outcome.VALID:
                    raise ChaosError(f"{plan.name} is {summary.verdict}: {[each.text for each in summary.findings]}")
    seconds = [after - before for before, after in pairwise(ended)]
    return [
        figure("plans_per_minute", "on one stack", "plans/min", [60 * len(seconds) / sum(seconds)], at_least(20)),
        figure("plans_per_minute", "a plan", "s", seconds),
    ]
