"""private_stays_private: a private handler that a client reaches is INVALID."""

from __future__ import annotations

import pytest

from booking.checkers.private_stays_private import HANDLERS
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import turned_away
from tests.checkers.world import World

NAME = "private_stays_private"


def called(service: str, handler: str, type_: str, code: str | None) -> World:
    world = World().book("o1")
    number = world.told("invoke", f"{service}/k/{handler}")
    world.told(type_, f"{service}/k/{handler}", number, code=code)
    return world


def test_who_is_turned_away_is_no_harm(ask: Ask) -> None:
    result = ask(NAME, turned_away())
    assert (result.outcome, result.cases) == (Outcome.VALID, 1)


@pytest.mark.parametrize(("service", "handler"), sorted(HANDLERS))
@pytest.mark.parametrize(
    ("type_", "code", "outcome"),
    [
        ("ok", None, Outcome.INVALID),
        ("fail", "not_held", Outcome.INVALID),
        ("fail", "never_ran", Outcome.VALID),
        ("info", "timeout", Outcome.VALID),
    ],
)
def test_what_a_client_is_told(
    ask: Ask, service: str, handler: str, type_: str, code: str | None, outcome: Outcome
) -> None:
    assert ask(NAME, called(service, handler, type_, code)).outcome is outcome


def test_an_invocation_that_came_in(ask: Ask) -> None:
    world = turned_away()
    note = world.invocation("user-o1", "Notifications", "notify")
    world.alter("invocations", lambda row: row.id == note.id, invoked_by="ingress")
    (finding,) = ask(NAME, world).findings
    assert (finding.outcome, finding.invocation_id) == (Outcome.INVALID, note.id)
