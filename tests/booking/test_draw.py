"""Generated plans: a pure function of the seed, each can be carried out, and no fault of the catalogue is missed."""

from __future__ import annotations

from collections import Counter

import pytest

from booking.draw import CUTTING, DRAWN, HELD, LEFT_OUT, PROCESSES, drawn_plan
from booking.system import SYSTEM
from chaos.plan.plan import Plan, decide
from chaos.plan.step import FAULTS

SEEDS = range(1, 201)
EVERYTHING = frozenset().union(*(fault.needs for fault in FAULTS.values()))
CATALOGUE = set(FAULTS)
PLANS = {seed: drawn_plan(seed, EVERYTHING) for seed in SEEDS}


def test_the_same_seed_makes_the_same_plan_and_others_make_others() -> None:
    assert all(drawn_plan(seed, EVERYTHING) == plan for seed, plan in PLANS.items())
    assert len({plan.model_dump_json(exclude={"name", "seed"}) for plan in PLANS.values()}) > 190


def test_every_fault_of_the_catalogue_is_drawn_or_left_out_for_a_reason() -> None:
    """A new fault belongs into the table of how faults are drawn (booking/draw.py)."""
    assert CATALOGUE - set(DRAWN) == set(LEFT_OUT)
    drawn = Counter(step.fault.fault for plan in PLANS.values() for step in plan.steps)
    assert set(drawn) == CATALOGUE - set(LEFT_OUT)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_plan_is_one_that_can_be_written_down_and_decided(seed: int) -> None:
    plan = PLANS[seed]
    assert SYSTEM.fit(Plan.model_validate_json(plan.model_dump_json())) == SYSTEM.fit(plan)
    decisions = decide(plan, "scope", plan.stack.endpoints)
    assert 1 <= len(plan.steps) <= 3
    assert len(decisions.load.operations) >= 16


def test_side_by_side_no_two_faults_break_the_same_place() -> None:
    """A probe through a link whose server is paused by another fault would show nothing of the fault on the link."""
    for plan in PLANS.values():
        together = [step.fault for step in plan.steps if step.after is None]
        links = [getattr(fault, "link", None) or PROCESSES.get(getattr(fault, "target", "")) for fault in together]
        places = [link for link in links if link]
        assert len(places) == len(set(places)), plan.name


def test_side_by_side_nothing_ends_the_attempts_that_a_rule_acts_on() -> None:
    """A dead endpoint hangs up on a body that trickles, and then nothing shows that it would have."""
    flowing = [plan for plan in PLANS.values() if plan.steps[0].id != HELD]
    ruled = [plan for plan in flowing if any(hasattr(step.fault, "on") for step in plan.steps)]
    assert ruled
    for plan in ruled:
        cut = [step.fault for step in plan.steps if step.fault.fault in CUTTING]
        assert {getattr(fault, "link", None) for fault in cut} <= {"ingress"}, plan.name
    assert any(step.fault.fault in CUTTING for plan in ruled for step in plan.steps)


def test_what_a_backend_cannot_do_is_not_drawn() -> None:
    plans = [drawn_plan(seed, {"process", "third party"}) for seed in SEEDS]
    assert all(step.fault.needs <= {"process", "third party"} for plan in plans for step in plan.steps)
