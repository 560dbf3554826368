"""client_answers: one order, one story, whoever tells it."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import World

NAME = "client_answers"


def test_answers_that_agree_are_valid(ask: Ask) -> None:
    world = World().book("o1").refuse("o2").decline("o3", "A2").book("o4", "A2", told="resolve")
    assert ask(NAME, world).outcome is Outcome.VALID


def test_an_answer_that_is_not_the_journals(ask: Ask) -> None:
    world = World().book("o1")
    answer = next(event.output for event in world.rows["history"] if event.type == "ok")
    world.alter("history", lambda event: event.type == "ok", output=answer | {"charge_id": "ch_x"})
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].message == "two answers to one order differ in charge_id"


def test_an_answer_that_lacks_what_the_journal_has(ask: Ask) -> None:
    world = World().book("o1")
    answer = next(event.output for event in world.rows["history"] if event.type == "ok")
    shorter = {name: value for name, value in answer.items() if name != "round"}
    world.alter("history", lambda event: event.type == "ok", output=shorter)
    assert ask(NAME, world).findings[0].message == "two answers to one order differ in round"


@pytest.mark.parametrize("answer", [None, "yes", {"status": "CONFIRMED"}, {"order_id": "o1", "status": "PENDING"}])
def test_an_answer_that_is_no_booking(ask: Ask, answer: Any) -> None:
    world = World().book("o1")
    world.alter("history", lambda event: event.type == "ok", output=answer)
    run = world.invocation("o1")
    world.alter("journal", lambda entry: (entry.invocation_id, entry.type) == (run.id, "Output"), value=answer)
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].message.endswith("not its booking")


def test_a_client_told_of_a_failure_of_a_confirmed_order(ask: Ask) -> None:
    world = World().book("o1")
    world.alter("history", lambda event: event.type == "ok", type="fail", code="declined", output=None)
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].message == "a client was told declined, and the order is confirmed"


def test_a_client_told_another_reason(ask: Ask) -> None:
    world = World().decline("o1")
    world.alter("history", lambda event: event.type == "fail", code="unpaid")
    assert ask(NAME, world).findings[0].message == "a client was told unpaid, the journal says declined"


def test_a_failure_in_words_of_its_own(ask: Ask) -> None:
    world = World().decline("o1")
    world.alter("history", lambda event: event.type == "fail", type="info", code="unclear")
    world.alter("invocations", lambda row: row.key == "o1", failure="[500] KeyError: 'seat'")
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].message == "failed with words the contract does not know: \"KeyError: 'seat'\""


def test_a_code_under_another_status(ask: Ask) -> None:
    world = World().lose_seat("o1").refuse("o2", "A2")
    world.alter("history", lambda event: event.code == "refunded", status=409)
    result = ask(NAME, world)
    assert (result.outcome, [finding.case for finding in result.findings]) == (Outcome.INVALID, ["o1"])
    assert result.findings[0].message == "Checkout/o1/run was told refunded with HTTP 409, not 424"


def test_a_kill_is_reported_elsewhere(ask: Ask) -> None:
    world = World().decline("o1").book("o2", "A2")
    world.alter("history", lambda event: event.type == "fail", type="info", code="unclear")
    world.alter("invocations", lambda row: row.key == "o1", failure="[409] killed")
    assert ask(NAME, world).outcome is Outcome.VALID


@pytest.mark.parametrize("code", ["order_settled", "invalid", "never_ran", "refused_by_ingress"])
def test_an_answer_that_says_nothing_of_the_order_contradicts_nothing(ask: Ask, code: str) -> None:
    world = World().book("o1")
    number = world.told("invoke", "Checkout/o1/run", input={"user_id": "another"})
    world.told("fail", "Checkout/o1/run", number, status=422 if code == "invalid" else 409, code=code)
    assert ask(NAME, world).outcome is Outcome.VALID


@pytest.mark.parametrize("fate", ["book", "decline"])
def test_a_forgotten_order_asked_again_contradicts_nothing(ask: Ask, fate: str) -> None:
    world = getattr(World(), fate)("o1").resubmit("o1")
    assert ask(NAME, world).outcome is Outcome.VALID


def test_no_answer_is_no_case(ask: Ask) -> None:
    world = World().book("o1", told="resolve")
    world.drop("history", lambda event: event.type == "resolve")
    assert (ask(NAME, world).outcome, ask(NAME, world).cases) == (Outcome.UNKNOWN, 0)


@pytest.mark.parametrize(("by_operator", "outcome"), [(True, Outcome.VALID), (False, Outcome.INVALID)])
def test_restates_own_word_is_an_operators(ask: Ask, by_operator: bool, outcome: Outcome) -> None:
    world = World().time_out("o1").book("o2", "A2")
    run = world.invocation("o1")
    world.alter("invocations", lambda row: row.id == run.id, failure="[409] cancelled")
    world.alter("history", lambda event: event.code == "unpaid", type="info", code="unclear", status=409)
    if by_operator:
        some = next(entry for entry in world.rows["journal"] if (entry.invocation_id, entry.index) == (run.id, 2))
        world.replace(some, kind="notification", type="Signal")
    assert ask(NAME, world).outcome is outcome


def test_restates_word_for_an_order_that_the_plans_operator_cancelled_is_no_word_of_the_apps(ask: Ask) -> None:
    world = World().decline("o1")
    run = world.invocation("o1").id
    world.alter("invocations", lambda row: row.id == run, failure="[409] cancelled")
    world.drop("history", lambda event: event.type == "fail")
    assert ask(NAME, world).outcome is Outcome.INVALID
    world.book("o2", "A2").fault("operator", "cancel_invocation", "stack", detail=run)
    assert ask(NAME, world).outcome is Outcome.VALID
