"""state_on_demand: what is forgotten has no rows, what is kept has some."""

from __future__ import annotations

import pytest

from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import remembered
from tests.checkers.world import Run

NAME = "state_on_demand"


def test_rows_where_they_must_be_and_nowhere_else_are_valid(ask: Ask) -> None:
    result = ask(NAME, remembered())
    assert (result.outcome, result.cases) == (Outcome.VALID, 2)


def test_a_row_that_stayed_is_invalid(ask: Ask) -> None:
    world = remembered()
    world.alter("state", lambda row: row.object_key == "here", object_key="gone")
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert {finding.message for finding in result.findings} == {
        "UserSession/gone must be forgotten, and has 1 rows of state",
        "UserSession/here must have state, and has none",
    }


def test_before_all_is_at_rest_it_is_unknown(ask: Ask) -> None:
    world = remembered(converged_at_ms=None).stick("o1")
    world.drop("state", lambda row: row.object_key == "here")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("handler", "outcome"), [("gone_for_long", Outcome.UNKNOWN), ("remove_from_cart", Outcome.INVALID)]
)
def test_a_session_that_cleared_itself_as_idle_is_not_shown(ask: Ask, handler: str, outcome: Outcome) -> None:
    """How long sessions last is the app's affair; that anything else forgets one is not."""
    world = remembered()
    timer = Run(world, "UserSession", "here", handler, {}, None)
    timer.act(lambda run: run.entry("command", "ClearAllState") and None)
    world.drop("state", lambda row: row.object_key == "here")
    assert ask(NAME, world).outcome is outcome
