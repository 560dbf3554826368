"""rounds_follow: what is sold out is followed by the next round, of an event that starts over."""

from __future__ import annotations

from chaos.plan.expect import Expect
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import restarted
from tests.checkers.world import EVENT, World

NAME = "rounds_follow"


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message for finding in result.findings]


def test_a_round_that_was_sold_out_is_followed_by_the_next(ask: Ask) -> None:
    assert told(ask, restarted(expect=Expect(rounds=1))) == (Outcome.VALID, [])


def test_a_sold_out_round_that_nothing_follows_is_invalid(ask: Ask) -> None:
    world = World(seats=1).book("o1", "A1")
    world.price = (world.price or {}) | {"auto_reset": True}
    assert told(ask, world) == (Outcome.INVALID, [f"round 1 of {EVENT} is sold out, and no new one began"])


def test_fewer_rounds_than_the_plan_expects_is_unknown(ask: Ask) -> None:
    assert told(ask, restarted(expect=Expect(rounds=2)))[0] is Outcome.UNKNOWN


def test_before_all_is_at_rest_it_is_unknown(ask: Ask) -> None:
    sold_out = World(seats=1, converged_at_ms=None).book("o1", "A1").stick("o1")
    sold_out.price = (sold_out.price or {}) | {"auto_reset": True}
    assert told(ask, sold_out)[0] is Outcome.UNKNOWN
