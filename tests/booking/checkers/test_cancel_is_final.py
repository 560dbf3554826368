"""cancel_is_final: accepted means cancelled, refused means not."""

from __future__ import annotations

import pytest

from chaos.plan.expect import Expect
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
        world.alter("gateway", lambda row: (row.case, row.effect) == ("o2", "fail"), effect="capture")
    if told:
        Run(world, "Checkout", "o2", "payment_result", {"outcome": "succeeded"}, None).act(lambda _: None)
    result = ask(NAME, world)
    assert result.outcome is (Outcome.VALID if captured and told else Outcome.UNKNOWN)
    if result.findings:
        assert result.findings[0].message == "0 cancelled orders had been paid for, the plan expects at least 1"


@pytest.mark.parametrize("order", ["o1", "o2"])
def test_an_order_whose_end_nobody_knows_is_unknown(ask: Ask, order: str) -> None:
    assert ask(NAME, cancelled().stick(order)).outcome is Outcome.UNKNOWN
    lost = cancelled()
    lost.alter(
        "history", lambda event: event.target == f"Checkout/{order}/run" and event.status, type="info", code=None
    )
    lost.alter("invocations", lambda row: row.id == lost.invocation(order).id, result=None, failure=None)
    run = lost.invocation(order)
    lost.drop("journal", lambda entry: (entry.invocation_id, entry.type) == (run.id, "Output"))
    assert ask(NAME, lost).outcome is Outcome.UNKNOWN


def test_a_cancel_without_an_answer_accuses_nobody(ask: Ask) -> None:
    world = cancelled()
    for order in ("o1", "o2"):
        world.drop(
            "history", lambda event, order=order: (event.target, event.type) == (f"Checkout/{order}/cancel", "ok")
        )
    result = ask(NAME, world)
    assert all(finding.outcome is Outcome.UNKNOWN for finding in result.findings)


def test_a_cancel_of_an_order_that_was_never_placed_accuses_nobody(ask: Ask) -> None:
    world = cancelled()
    number = world.told("invoke", "Checkout/o9/cancel")
    world.told("ok", "Checkout/o9/cancel", number, status=200, output={"accepted": True})
    placed = world.told("invoke", "Checkout/o9/run", input={"user_id": "u"})
    world.told("fail", "Checkout/o9/run", placed, code="never_ran")
    assert ask(NAME, world).outcome is not Outcome.INVALID


def test_one_cancel_refused_and_another_without_an_answer_accuse_nobody(ask: Ask) -> None:
    world = cancelled()
    number = world.told("invoke", "Checkout/o2/cancel")
    world.told("ok", "Checkout/o2/cancel", number, status=200, output={"accepted": False})
    first = next(event.operation for event in world.rows["history"] if event.target == "Checkout/o2/cancel")
    answered = lambda event: (event.operation, event.type) == (first, "ok")  # noqa: E731 - reads best
    world.alter("history", answered, type="info", code="timeout", status=None, output=None)
    assert ask(NAME, world).outcome is not Outcome.INVALID
