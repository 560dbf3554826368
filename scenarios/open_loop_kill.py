"""An endpoint dies while people keep coming: they are served again soon, and what piled up is worked off."""

import pytest

from booking.workloads import Mixed
from chaos import AfterOperations, AtTime, Chaos, Expect, Plan, Steady, Step
from chaos.faults import Kill

PLAN = Plan(
    name="open_loop_kill",
    story=(
        "Given people who come when they come, to browse, reserve, buy, be declined and call off, when one of two "
        "endpoints dies and comes back, then the run is soon as steady as it was, counted from when each of them came."
    ),
    workload=Mixed(operations=88, seats=60, rate_per_s=20, after_heal=40),
    steps=(Step(id="crash", fault=Kill(), when=AfterOperations(count=24), until=AtTime(at_s=0.5)),),
    # Bounds for a busy machine that serves other runs too: on a quiet one it is steady again within half a second.
    expect=Expect(steady=Steady(good=0.9, p95_factor=20, worst_good=0.5, recovers_within_s=20)),
)


@pytest.mark.chaos
async def test_open_loop_kill(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
