"""A recovery that takes longer than allowed, and a fault that hurts more than allowed: UNKNOWN, naming both."""

from __future__ import annotations

from pathlib import Path

import pytest

from booking.workloads import Mixed
from chaos.checkers.steadiness import Steady
from chaos.faults import Kill
from chaos.plan.expect import Expect
from chaos.plan.moments import AfterOperations, AtTime
from chaos.plan.plan import Plan
from chaos.plan.step import Step
from chaos.session import Config, Session
from chaos.verdict import Outcome

pytestmark = pytest.mark.integration

# Nobody is served while every endpoint is dead, and none of them is back within a millisecond.
IMPOSSIBLE = Steady(good=0, enough=4, window=4, p95_factor=1_000, worst_p95_ms=1, recovers_within_s=0.001)


async def test_what_was_missed_is_unknown_and_says_by_how_much(tmp_path: Path) -> None:
    plan = Plan(
        name="too_slow",
        workload=Mixed(operations=20, seats=20, rate_per_s=20, after_heal=6),
        steps=(
            Step(id="crash", fault=Kill(target="endpoints"), when=AfterOperations(count=6), until=AtTime(at_s=0.3)),
        ),
        expect=Expect(steady=IMPOSSIBLE),
    )
    async with Session.open(Config(), tmp_path, lambda _: None) as session:
        summary = await session.prove(plan, replay="")
    assert summary.verdict is Outcome.UNKNOWN
    assert {check.checker for check in summary.checks if check.outcome is not Outcome.VALID} == {"steady_state"}
    said = [finding.message for finding in summary.findings]
    assert any(each.startswith("while something was broken p95 was ") for each in said), said
    assert any(each.startswith("the first good answer came ") for each in said), said
    assert all("more than the 1 ms stated" in each or "later than recovers_within_s 0.001" in each for each in said)
