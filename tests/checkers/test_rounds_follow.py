"""rounds_follow: a round ends when it is sold out or is ended, and none is skipped."""

from __future__ import annotations

from chaos.plan import Expect
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import restarted
from tests.checkers.world import EVENT, World

NAME = "rounds_follow"


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message for finding in result.findings]


def reset(world: World, round_: int) -> World:
    number = world.told("invoke", f"Event/{EVENT}/reset", input={"round": round_})
    world.told("ok", f"Event/{EVENT}/reset", number, status=200, output={"round": 2})
    return world


def test_a_round_that_was_sold_out_is_followed_by_the_next(ask: Ask) -> None:
    assert told(ask, restarted(expect=Expect(rounds=1))) == (Outcome.VALID, [])


def test_a_round_that_ended_early_is_invalid(ask: Ask) -> None:
    world = World(seats=2).book("o1", "A1")
    world.price = (world.price or {}) | {"auto_reset": True}
    world.next_round("A1")
    assert told(ask, world) == (Outcome.INVALID, [f"round 1 of {EVENT} ended, and this seat was not sold in it"])


def test_a_sold_out_round_that_nothing_follows_is_invalid(ask: Ask) -> None:
    world = World(seats=1).book("o1", "A1")
    world.price = (world.price or {}) | {"auto_reset": True}
    assert told(ask, world) == (Outcome.INVALID, [f"round 1 of {EVENT} is sold out, and no new one began"])


def test_a_reset_that_is_repeated_skips_no_round(ask: Ask) -> None:
    assert told(ask, reset(reset(restarted(), 1), 1)) == (Outcome.VALID, [])
    skipped = reset(reset(restarted(), 1), 1)
    skipped.next_round("A1")
    said = f"{EVENT} is in round 3; after resets of 1 it must be 2"
    assert told(ask, skipped) == (Outcome.INVALID, [said])


def test_fewer_rounds_than_the_plan_expects_is_unknown(ask: Ask) -> None:
    assert told(ask, restarted(expect=Expect(rounds=2)))[0] is Outcome.UNKNOWN
