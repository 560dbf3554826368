"""expected_outcomes: the plan's numbers; out of bounds they are UNKNOWN, and never more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from booking.checkers import expected_outcomes
from chaos.plan.expect import Bounds, Expect
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import World

NAME = "expected_outcomes"


def expecting(**numbers: Any) -> World:
    return World(expect=Expect(**numbers))


def rush(world: World) -> World:
    """One seat, one buyer, two refused."""
    return world.book("o1").refuse("o2").refuse("o3")


def test_numbers_that_hold_are_valid(ask: Ask) -> None:
    outcomes = {"ok": Bounds.exactly(1), "seat_sold": Bounds(at_least=1, at_most=2), "declined": Bounds.exactly(0)}
    result = ask(NAME, rush(expecting(outcomes=outcomes, refused=Bounds.exactly(2))))
    assert (result.outcome, result.cases) == (Outcome.VALID, 4)
    assert result.summary == "2 seat_sold, 1 ok"


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ({"outcomes": {"ok": Bounds.exactly(0)}}, "1 operations ended ok, the plan expects exactly 0"),
        ({"outcomes": {"ok": Bounds(at_least=2)}}, "1 operations ended ok, the plan expects at least 2"),
        ({"refused": Bounds(at_most=1)}, "2 operations ended seat_reserved or seat_sold, the plan expects 0 to 1"),
    ],
)
def test_a_number_out_of_bounds(ask: Ask, numbers: dict, says: str) -> None:
    result = ask(NAME, rush(expecting(**numbers)))
    assert (result.outcome, result.findings[0].message) == (Outcome.UNKNOWN, says)


def unanswered(world: World) -> World:
    world.alter("history", lambda event: event.type == "ok", type="info", code="timeout", output=None)
    return world


@pytest.mark.parametrize(("bounds", "outcome"), [(Bounds.exactly(1), "VALID"), (Bounds.exactly(2), "UNKNOWN")])
def test_what_timing_decides_is_never_invalid(ask: Ask, bounds: Bounds, outcome: str) -> None:
    result = ask(NAME, rush(expecting(shown={"ok": bounds})))
    assert (result.outcome, result.cases) == (Outcome(outcome), 1)


def test_too_few_may_be_the_unanswered_ones(ask: Ask) -> None:
    world = unanswered(rush(expecting(outcomes={"ok": Bounds.exactly(1)})))
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    assert "1 have no answer, or never ran" in result.findings[0].message


def test_too_few_may_be_those_that_never_ran(ask: Ask) -> None:
    world = rush(expecting(outcomes={"ok": Bounds.exactly(1)}))
    world.alter("history", lambda event: event.type == "ok", type="fail", code="never_ran", output=None)
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_too_few_may_be_a_load_that_was_cut_short(ask: Ask) -> None:
    world = rush(expecting(outcomes={"ok": Bounds(at_least=2)}))
    world.meta["load_ended_at_ms"] = None
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_enough_is_not_certain_while_an_answer_is_missing(ask: Ask) -> None:
    world = unanswered(rush(expecting(outcomes={"seat_sold": Bounds.exactly(2)})))
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_it_has_no_way_to_say_invalid() -> None:
    """A lawful app may end otherwise than the plan foresaw: what is wrong with an app, other checkers say."""
    assert "invalid(" not in Path(expected_outcomes.__file__).read_text("utf-8")


def test_repeated_charges_are_seen(ask: Ask) -> None:
    assert ask(NAME, expecting(repeated_charges=1).book("o1", attempts=2)).outcome is Outcome.VALID
    result = ask(NAME, expecting(repeated_charges=2).book("o1", attempts=2).book("o2", "A2"))
    assert result.outcome is Outcome.UNKNOWN
    assert result.findings[0].message.startswith("1 orders captured once though charged again")


@pytest.mark.parametrize(
    ("fate", "seen"), [("decline", {"void", "release"}), ("lose_seat", {"refund"}), ("book", set())]
)
@pytest.mark.parametrize("name", ["void", "refund", "release"])
def test_compensations_are_seen(ask: Ask, fate: str, seen: set, name: str) -> None:
    result = ask(NAME, getattr(expecting(compensations=(name,)), fate)("o1"))
    assert result.outcome is (Outcome.VALID if name in seen else Outcome.UNKNOWN)


def test_a_compensation_without_its_effect_was_not_seen(ask: Ask) -> None:
    world = expecting(compensations=("void",)).decline("o1")
    world.drop("gateway", lambda row: row.effect == "bar")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_a_seat_sold_again_is_seen(ask: Ask) -> None:
    assert ask(NAME, expecting(resold=1).decline("o1").book("o2")).outcome is Outcome.VALID
    assert ask(NAME, expecting(resold=1).decline("o1").book("o2", "A2")).outcome is Outcome.UNKNOWN


def placed_again(status: int | None = 409, at: int = 1, told: str = "ok") -> World:
    """An order that a second client places before the history's event at that place."""
    world = expecting(placed_again=1).book("o1", told=told)
    number = world.told("invoke", "Checkout/o1/run", input={})
    world.told("info", "Checkout/o1/run", number, status=status, code="unclear")
    events = world.rows["history"]
    events[:] = [*events[:at], *events[-2:], *events[at:-2]]
    world.rows["history"] = [event.model_copy(update={"seq": seq}) for seq, event in enumerate(events)]
    return world


def test_an_order_placed_again_while_it_was_under_way_is_seen(ask: Ask) -> None:
    assert ask(NAME, placed_again()).outcome is Outcome.VALID
    for unseen in (placed_again(at=0), placed_again(at=2), placed_again(status=None), placed_again(told="resolve")):
        result = ask(NAME, unseen)
        assert result.outcome is Outcome.UNKNOWN
        assert result.findings[0].message.startswith("0 orders placed again while they were under way")


def test_a_charge_repeated_in_vain_is_not_one_made_once(ask: Ask) -> None:
    world = expecting(repeated_charges=1).book("o1", attempts=2)
    world.capture("o1")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_a_seat_that_was_never_free_was_not_sold_again(ask: Ask) -> None:
    world = expecting(resold=1).decline("o1").book("o2")
    freed = next(entry for entry in world.rows["journal"] if _frees(entry))
    world.replace(freed, value=freed.value | {"status": "RESERVED", "order_id": "o2"})
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def _frees(entry: Any) -> bool:
    return entry.type == "SetState" and entry.value["status"] == "AVAILABLE"


@pytest.mark.parametrize(
    ("numbers", "sources"),
    [
        ({"refused": Bounds.exactly(1)}, {"history"}),
        ({"repeated_charges": 1}, {"history", "gateway"}),
        ({"resold": 1}, {"history", "invocations", "journal", "state"}),
        ({"compensations": ("void",)}, {"history", "invocations", "journal", "state", "gateway"}),
    ],
)
def test_each_number_needs_its_evidence(numbers: dict, sources: set) -> None:
    assert set(expected_outcomes.needs(expected_outcomes.Expects(**numbers))) == sources


def test_a_plan_without_numbers_does_not_ask_for_it(tmp_path: Path) -> None:
    assert not expected_outcomes.expected(World().book("o1").write(tmp_path / "1"))
    assert expected_outcomes.expected(expecting(resold=1).book("o1").write(tmp_path / "2"))
