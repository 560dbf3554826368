"""cancel_is_final: accepted means cancelled, refused means not."""

from __future__ import annotations

import pytest

from chaos.plan import Expect
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import cancelled
from tests.checkers.world import Run

NAME = "cancel_is_final"


def test_true_answers_are_valid(ask: Ask) -> None:
    result = ask(NAME, cancelled())
    assert (result.outcome, result.cases) == (Outcome.VALID, 2)


@pytest.mark.parametrize(
    ("order", "answer", "message"),
    [
        ("o1", True, "a cancel was accepted, and the order ended confirmed"),
        ("o2", False, "every cancel was refused, and the order ended cancelled"),
    ],
)
def test_an_answer_that_is_not_true_is_invalid(ask: Ask, order: str, answer: bool, message: str) -> None:
    world = cancelled()
    target = f"Checkout/{order}/cancel"
    world.alter("history", lambda event: (event.target, event.type) == (target, "ok"), output={"accepted": answer})
    result = ask(NAME, world)
    assert (result.outcome, [finding.message for finding in result.findings]) == (Outcome.INVALID, [message])


@pytest.mark.parametrize(("captured", "told"), [(True, True), (True, False), (False, True)])
def test_an_order_cancelled_after_it_was_paid_for_is_seen(ask: Ask, captured: bool, told: bool) -> None:
    world = cancelled(expect=Expect(cancelled_paid=1))
    if captured:
        world.alter("gateway", lambda row: (row.order_id, row.effect) == ("o2", "fail"), effect="capture")
    if told:
        Run(world, "Checkout", "o2", "payment_result", {"outcome": "succeeded"}, None).act(lambda _: None)
    result = ask(NAME, world)
    assert result.outcome is (Outcome.VALID if captured and told else Outcome.UNKNOWN)
    if result.findings:
        assert result.findings[0].message == "0 cancelled orders had been paid for, the plan expects at least 1"


def test_an_order_whose_end_nobody_knows_is_unknown(ask: Ask) -> None:
    assert ask(NAME, cancelled().stick("o1")).outcome is Outcome.UNKNOWN


def test_a_cancel_without_an_answer_accuses_nobody(ask: Ask) -> None:
    world = cancelled()
    for order in ("o1", "o2"):
        world.drop(
            "history", lambda event, order=order: (event.target, event.type) == (f"Checkout/{order}/cancel", "ok")
        )
    result = ask(NAME, world)
    assert all(finding.outcome is Outcome.UNKNOWN for finding in result.findings)
