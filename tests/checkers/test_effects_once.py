"""effects_once: a third party's effect happens once a key, for an attempt and for a run that asked."""

from __future__ import annotations

from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import World

NAME = "effects_once"


def test_every_effect_once_is_valid(ask: Ask) -> None:
    result = ask(NAME, World().book("o1", attempts=3).decline("o2", "A2"))
    assert result.outcome is Outcome.VALID
    assert result.cases > 2


def test_one_key_with_the_same_effect_twice_is_invalid(ask: Ask) -> None:
    world = World().book("o1")
    world.attempt("mailer", "/v1/messages", "notification:o1", None, 202, "message")
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].message == "mailer: message twice under the key notification:o1"
    assert len(result.findings[0].ledger_rows) == 2


def test_a_key_that_was_forgotten_meanwhile_is_no_excuse(ask: Ask) -> None:
    world = World().book("o1")
    world.attempt("mailer", "/v1/messages", "notification:o1", None, 202, "forget")
    assert ask(NAME, world).outcome is Outcome.VALID
    world.attempt("mailer", "/v1/messages", "notification:o1", None, 202, "message")
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_an_effect_whose_attempt_never_arrived_is_unknown(ask: Ask) -> None:
    world = World().book("o1")
    world.drop("mailer", lambda row: row.kind == "arrival")
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].message) == (
        Outcome.UNKNOWN, "mailer: message without an attempt that arrived",
    )  # fmt: skip


def test_effects_that_no_run_can_have_asked_for_are_unknown(ask: Ask) -> None:
    world = World().book("o1")
    for row in [row for row in world.rows["journal"] if row.type == "Run"]:
        world.replace(row, type="Sleep")
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    assert "no journal has a run that could have asked" in result.findings[0].message
