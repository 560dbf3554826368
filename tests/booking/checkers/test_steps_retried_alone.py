"""steps_retried_alone: both steps, as asked for, in either order, and none again that was done."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import promoted
from tests.checkers.world import Run, World

NAME = "steps_retried_alone"
ROLE, PERMISSIONS = "/v1/users/u/role", "/v1/users/u/permissions"
ASKED = {"user_id": "u", "role": "usher", "permissions": ["sell"]}


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message.partition(" (against ")[0] for finding in result.findings]


def journaled(world: World, *, steps: int = 2, together: bool = False) -> World:
    """The update's journal: its steps one after the other, or together."""
    run = Run(world, "RoleUpdate", "", "apply", ASKED, None)
    for number in range(steps):
        run.entry("command", "Run", name="any", completion_id=number)
        if not together:
            run.entry("notification", "Run", completion_id=number)
    for number in range(steps if together else 0):
        run.entry("notification", "Run", completion_id=number)
    run.act(lambda _: None)
    return world


def again(world: World) -> World:
    world.attempt("mailer", ROLE, "", None, 200, "role", to="u")
    return world


def test_only_the_step_that_failed_was_retried(ask: Ask) -> None:
    assert told(ask, promoted()) == (Outcome.VALID, [])
    assert told(ask, journaled(promoted())) == (Outcome.VALID, [])


def test_a_step_repeated_though_it_was_done_is_invalid(ask: Ask) -> None:
    world = again(journaled(promoted()))
    assert told(ask, world) == (Outcome.INVALID, ["u: the role was put in again, though that was done"])


def test_steps_that_go_together_may_each_be_repeated(ask: Ask) -> None:
    assert told(ask, again(journaled(promoted(), together=True))) == (Outcome.VALID, [])


def test_without_a_journal_nobody_knows_whether_an_answer_was_heard(ask: Ask) -> None:
    assert told(ask, again(promoted())) == (Outcome.VALID, [])


def test_a_user_may_be_updated_twice(ask: Ask) -> None:
    world = journaled(journaled(again(promoted())))
    number = world.told("invoke", "RoleUpdate/apply", input={"user_id": "u"})
    world.told("ok", "RoleUpdate/apply", number, status=200)
    assert told(ask, world) == (Outcome.VALID, [])


def test_both_in_one_step_is_invalid(ask: Ask) -> None:
    world = journaled(promoted(), steps=1)
    assert told(ask, world) == (Outcome.INVALID, ["u: applied, and its journal has 1 of 2 steps"])


def test_a_step_without_effect_is_invalid(ask: Ask) -> None:
    missing = promoted()
    missing.drop("mailer", lambda row: row.effect == "permissions")
    said = ["u: applied, and permissions took no effect as it was asked for"]
    assert told(ask, missing) == (Outcome.INVALID, said)


def test_either_step_may_come_first(ask: Ask) -> None:
    swapped = promoted()
    swapped.alter("mailer", lambda row: row.effect == "role", row=99)
    assert told(ask, swapped) == (Outcome.VALID, [])


def test_what_took_effect_for_another_user_does_not_count(ask: Ask) -> None:
    world = promoted()
    world.alter("mailer", lambda row: row.effect == "role", to="somebody-else")
    assert told(ask, world) == (Outcome.INVALID, ["u: applied, and role took no effect as it was asked for"])


@pytest.mark.parametrize(
    ("effect", "detail", "right"),
    [
        ("role", "usher", True),
        ("role", "manager", False),
        ("permissions", '["sell"]', True),
        ("permissions", '["sell", "scan"]', False),
        ("permissions", "sell", False),
    ],
)
def test_what_takes_effect_is_what_was_asked_for(ask: Ask, effect: str, detail: str, right: bool) -> None:
    world = promoted()
    world.alter("history", lambda event: event.type == "invoke" and event.target == "RoleUpdate/apply", input=ASKED)
    world.alter("mailer", lambda row: row.effect == effect, detail=detail)
    outcome, messages = told(ask, world)
    assert outcome is (Outcome.VALID if right else Outcome.INVALID)
    assert right or any("which no update asked for" in message for message in messages)


@pytest.mark.parametrize(("status", "rule", "right"), [(404, "r", True), (404, None, True), (503, "r", False)])
def test_a_refusal_has_its_cause(ask: Ask, status: int, rule: Any, right: bool) -> None:
    world = promoted()
    change = {"type": "fail", "code": "gateway_refused", "status": 502}
    world.alter("history", lambda event: event.type == "ok" and event.target == "RoleUpdate/apply", **change)
    world.alter("mailer", lambda row: (row.kind, row.path) == ("answer", ROLE), status=status, rule_id=rule)
    assert told(ask, world)[0] is (Outcome.VALID if right else Outcome.INVALID)


def test_a_user_whose_name_a_path_quotes(ask: Ask) -> None:
    world = promoted()
    for name in ("role", "permissions"):
        old, new = f"/v1/users/u/{name}", f"/v1/users/a%2Fb/{name}"
        world.alter("mailer", lambda row, old=old: row.path == old, path=new)
        world.alter("mailer", lambda row, name=name: row.effect == name, to="a/b")
    asked = {"user_id": "a/b"}
    world.alter("history", lambda event: event.type == "invoke" and event.target == "RoleUpdate/apply", input=asked)
    assert told(ask, world) == (Outcome.VALID, [])
