"""shared_never_writes: no journal of a shared handler sets or clears state."""

from __future__ import annotations

import pytest

from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import looked_at
from tests.checkers.world import Run

NAME = "shared_never_writes"


def test_a_look_that_changes_nothing_is_valid(ask: Ask) -> None:
    result = ask(NAME, looked_at())
    assert (result.outcome, result.cases) == (Outcome.VALID, 1)


@pytest.mark.parametrize("write", ["SetState", "ClearState", "ClearAllState"])
def test_a_write_of_a_shared_handler_is_invalid(ask: Ask, write: str) -> None:
    world = looked_at()
    run = Run(world, "Ticket", world.key("A2"), "get", None, None)
    run.act(lambda run: run.entry("command", write) and None)
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].invocation_id) == (Outcome.INVALID, run.id)
    assert f"is shared and wrote state ({write})" in result.findings[0].message


def test_a_write_that_restate_refused_is_invalid(ask: Ask) -> None:
    world = looked_at()
    why = "[500] unsupported entry type, this handler type cannot write state"
    world.alter("invocations", lambda row: row.handler == "get", status="backing-off", last_failure=why)
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert "tried to write state" in result.findings[0].message


def test_a_write_that_was_refused_for_a_while_is_invalid_though_it_is_seen_in_a_sample_only(ask: Ask) -> None:
    world = looked_at()
    look = next(row for row in world.rows["invocations"] if row.handler == "get")
    why = "[500] unsupported entry type, this handler type cannot write state"
    world.sample("o1")
    world.alter("samples", lambda _: True, invocation_id=look.id, last_failure=why)
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].invocation_id) == (Outcome.INVALID, look.id)
