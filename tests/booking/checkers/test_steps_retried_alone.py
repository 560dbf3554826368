"""steps_retried_alone: both steps, in order, and none again that was done."""

from __future__ import annotations

from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import promoted
from tests.checkers.world import World

NAME = "steps_retried_alone"
ROLE = "/v1/users/u/role"


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message for finding in result.findings]


def test_only_the_step_that_failed_was_retried(ask: Ask) -> None:
    assert told(ask, promoted()) == (Outcome.VALID, [])


def test_a_step_repeated_though_it_was_done_is_invalid(ask: Ask) -> None:
    world = promoted()
    world.attempt("mailer", ROLE, "", None, 200, "role", to="u")
    assert told(ask, world) == (Outcome.INVALID, ["u: the role was put in again, though that was done"])


def test_its_answer_may_have_been_lost_where_processes_die(ask: Ask) -> None:
    world = promoted().fault()
    world.attempt("mailer", ROLE, "", None, 200, "role", to="u")
    assert told(ask, world) == (Outcome.VALID, [])


def test_a_step_that_failed_may_be_repeated(ask: Ask) -> None:
    world = promoted()
    world.alter("mailer", lambda row: row.path == ROLE and row.kind == "answer", status=503)
    world.attempt("mailer", ROLE, "", None, 200, "role", to="u")
    assert told(ask, world) == (Outcome.VALID, [])


def test_a_step_without_effect_and_steps_in_the_wrong_order_are_invalid(ask: Ask) -> None:
    missing = promoted()
    missing.drop("mailer", lambda row: row.effect == "permissions")
    assert told(ask, missing) == (Outcome.INVALID, ["u: applied, and permissions took no effect"])
    swapped = promoted()
    swapped.alter("mailer", lambda row: row.effect == "role", row=99)
    assert told(ask, swapped) == (Outcome.INVALID, ["u: permissions were put in before the role"])


def test_an_answer_that_trickles_may_have_been_given_up(ask: Ask) -> None:
    world = promoted().fault("trickle", "slow_body", "mailer", rule_id="r1")
    world.attempt("mailer", ROLE, "", None, 200, "role", to="u")
    assert told(ask, world) == (Outcome.VALID, [])


def test_what_took_effect_for_another_user_does_not_count(ask: Ask) -> None:
    world = promoted()
    world.alter("mailer", lambda row: row.effect == "role", to="somebody-else")
    assert told(ask, world) == (Outcome.INVALID, ["u: applied, and role took no effect"])
