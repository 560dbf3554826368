"""status_agrees: a status that does not fit how its order ended is INVALID; one that says less while it runs is not."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import looked_into
from tests.checkers.world import World

NAME = "status_agrees"
DECLINED = {"code": "declined", "message": "no"}


def said(ask: Ask, world: World) -> list[str]:
    result = ask(NAME, world)
    assert {finding.outcome for finding in result.findings} <= {Outcome.INVALID}
    return [finding.message.partition(" (against ")[0] for finding in result.findings]


def view(world: World, order: str, **change: Any) -> World:
    """The final status of an order says something else."""
    target = f"Checkout/{order}/status"
    world.views[target] = world.views[target] | change
    return world


def test_what_was_said_is_what_became_of_it(ask: Ask) -> None:
    result = ask(NAME, looked_into())
    assert (result.outcome, result.cases) == (Outcome.VALID, 4)


@pytest.mark.parametrize(
    ("order", "change", "message"),
    [
        ("o2", {"stage": "CONFIRMED"}, "says CONFIRMED of an order that failed"),
        ("o1", {"stage": "FAILED"}, "says FAILED of an order that was confirmed"),
        ("o1", {"stage": "PAYING"}, "says PAYING of an order that has confirmed"),
        ("o2", {"stage": "COMPENSATING"}, "says COMPENSATING of an order that has failed"),
        ("o1", {"error": DECLINED}, "says declined of an order that was confirmed"),
        ("o2", {"error": {"code": "unpaid", "message": "m"}}, "says unpaid of an order that failed with declined"),
        ("o2", {"error": None}, "says None of an order that failed with declined"),
        ("o1", {"charge_id": "ch_other"}, "says charge 'ch_other', answered was 'ch_o1'"),
    ],
)
def test_a_final_status_that_does_not_fit(ask: Ask, order: str, change: dict[str, Any], message: str) -> None:
    assert said(ask, view(looked_into(), order, **change)) == [message]


def looks(world: World, order: str, before: bool, **says: Any) -> World:
    """A look at an order: before its client had the answer, or after."""
    events = world.rows["history"]
    number = world.told("invoke", f"Checkout/{order}/status")
    world.told("ok", f"Checkout/{order}/status", number, status=200, output=says)
    if before:
        place = next(at for at, event in enumerate(events) if event.target == f"Checkout/{order}/run" and at % 2)
        events[:] = [*events[:place], *events[-2:], *events[place:-2]]
        world.rows["history"] = [event.model_copy(update={"seq": seq}) for seq, event in enumerate(events)]
    return world


@pytest.mark.parametrize(
    ("order", "before", "stage", "right"),
    [
        ("o1", True, "PAYING", True),
        ("o1", True, "CONFIRMED", True),
        ("o1", True, "FAILED", False),
        ("o1", True, "COMPENSATING", False),
        ("o2", True, "COMPENSATING", True),
        ("o2", True, "CONFIRMED", False),
        ("o1", False, "CONFIRMING", False),
        ("o2", False, "COMPENSATING", False),
    ],
)
def test_a_look_while_it_was_under_way(ask: Ask, order: str, before: bool, stage: str, right: bool) -> None:
    error = DECLINED if stage == "COMPENSATING" else None
    world = looks(World().book("o1").decline("o2", "A2"), order, before, stage=stage, error=error, charge_id=None)
    assert ask(NAME, world).outcome is (Outcome.VALID if right else Outcome.INVALID)


def test_an_order_that_was_placed_again_is_told_of_by_its_last_workflow(ask: Ask) -> None:
    world = looked_into().resubmit("o1")
    settled = {"code": "order_settled", "message": "m"}
    assert ask(NAME, view(world, "o1", stage="FAILED", error=settled, charge_id=None)).outcome is Outcome.VALID


def test_an_order_still_under_way_says_what_it_will(ask: Ask) -> None:
    world = view(looked_into(), "o1", stage="PAYING").stick("o1")
    assert ask(NAME, world).outcome is Outcome.VALID


def test_what_moves_may_say_less(ask: Ask) -> None:
    world = view(looked_into(converged_at_ms=None), "o2", stage="COMPENSATING").book("o3", "A3").stick("o3")
    assert ask(NAME, world).outcome is Outcome.VALID
